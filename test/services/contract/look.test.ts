import { describe, expect, it } from 'vitest';
import { linksOf, lookOf, whereaboutsIn } from '../../../services/contract/look.ts';

const NAMES = { stack: 'Streamwatch-prod', workGroup: 'team' };

describe('where somebody who got an alert looks next', () => {
  it('is the page of the local runtime, by the address of the incident', () => {
    const here = whereaboutsIn(NAMES, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', DASHBOARD_NAME: 'd' });
    expect(lookOf(here, '3fa9')).toEqual({
      command: 'npm run incidents -- show 3fa9 --local',
      links: { page: 'http://127.0.0.1:4566/#/incidents/3fa9' },
    });
    expect(linksOf(lookOf(here))).toEqual([['Page', 'http://127.0.0.1:4566/#/incidents']]);
  });

  it('is a command with the folder of the local runtime, where that says so', () => {
    const LOCAL_FLAGS = "--local --dir '/tmp/my state'";
    const here = whereaboutsIn(NAMES, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', LOCAL_FLAGS });
    expect(lookOf(here, '3fa9').command).toBe(`npm run incidents -- show 3fa9 ${LOCAL_FLAGS}`);
  });

  it.each([
    ['eu-central-1', 'https://eu-central-1.console.aws.amazon.com'],
    ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn'],
    ['us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com'],
  ])('is the console of AWS in %s', (region, console) => {
    const there = whereaboutsIn(NAMES, { AWS_REGION: region, DASHBOARD_NAME: 'd' });
    expect(lookOf(there, '3fa9').command).toBe('npm run incidents -- show 3fa9 --stack Streamwatch-prod');
    expect(linksOf(lookOf(there))).toEqual([
      ['Athena', `${console}/athena/home?region=${region}#/query-editor`],
      ['Dashboard', `${console}/cloudwatch/home?region=${region}#dashboards/dashboard/d`],
    ]);
  });

  it('is no page behind a proxy to AWS, and no dashboard where there is none', () => {
    const proxied = whereaboutsIn(NAMES, {
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: 'https://proxy.example',
    });
    expect(Object.keys(lookOf(proxied, '3fa9').links)).toEqual(['athena']);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chosenStack, findStack, targetStack } from '../../../infra/cli/find-stack.ts';
import { UserError } from '../../../infra/cli/user-error.ts';
import { type FakeCloudFormation, fakeCloudFormation } from '../commands/support/fake-cloudformation.ts';

const home = process.cwd();
let folder: string;
let aws: FakeCloudFormation;

const outputs = (StreamName: string, Region = 'eu-central-1') => ({
  ...{ Region, StreamName, AlertTopicArn: 'arn', LakeBucketName: 'b', FailureBucketName: 'f' },
  ...{ DatabaseName: 'd', ReadingsTableName: 'readings', AlertsTableName: 'alerts', WorkGroupName: 'w' },
  ...{ StateTableName: 't', DetectorFunctionName: 'fn' },
});
const deploy = (name: string) => aws.stacks.set(name, { outputs: outputs(`stream of ${name}`) });
const cache = (stacks: object) => writeFileSync('cdk-outputs.json', JSON.stringify(stacks));
const found = async (name?: string) => (await findStack(name)).StreamName;
const problem = async (name?: string) => {
  const error = await findStack(name).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'find-stack-'));
  process.chdir(folder);
  aws = await fakeCloudFormation();
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', aws.url);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  aws.stacks.set('CDKToolkit', { outputs: { BootstrapVersion: '28' } });
});
afterEach(async () => {
  process.chdir(home);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  await aws.close();
});

describe('from a folder that never deployed', () => {
  it('is the only one in the account and region, whatever it is called', async () => {
    deploy('Plant');
    expect(await found()).toBe('stream of Plant');
  });

  it('is the one that is named, on the command line before the environment', async () => {
    for (const name of ['Streamwatch', 'Streamwatch-prod', 'Streamwatch-test']) deploy(name);
    vi.stubEnv('STREAMWATCH_STACK', 'Streamwatch-prod');
    expect(await found()).toBe('stream of Streamwatch-prod');
    expect(await found('Streamwatch-test')).toBe('stream of Streamwatch-test');
  });

  it('has to be named where there are several: a misuse that names them', async () => {
    for (const name of ['Streamwatch-prod', 'Streamwatch-test']) deploy(name);
    const { message, misuse } = await problem();
    expect(message).toContain('Streamwatch-prod, Streamwatch-test. Choose one with --stack NAME');
    expect(misuse).toBe(true);
  });

  it.each<[string, string | undefined, RegExp]>([
    [
      'there is none',
      undefined,
      /No stack of ours is deployed in eu-central-1\. Deploy with: npm run deploy/,
    ],
    ['none has that name', 'Plant', /There is no stack Plant in eu-central-1/],
    [
      'it is somebody else’s',
      'CDKToolkit',
      /CDKToolkit in eu-central-1 is not one of ours: it lacks outputs/,
    ],
  ])('says so where %s', async (_, name, words) => {
    expect((await problem(name)).message).toMatch(words);
  });

  it('says so where the credentials may not look', async () => {
    aws.fail = { code: 'AccessDenied', message: 'because' };
    expect((await problem()).message).toBe(
      'These credentials may not look at stacks, which finding the stack needs: because',
    );
  });
});

it('a region that cannot be one is said as it was given', async () => {
  vi.stubEnv('AWS_REGION', 'eu central');
  expect((await problem()).message).toMatch(/^Expected the name of an AWS region, got "eu central"\. Choose/);
});

describe('--env and --stack', () => {
  it('derive each other', () => {
    expect(chosenStack({})).toBeUndefined();
    expect(chosenStack({ env: 'prod' })).toBe('Streamwatch-prod');
    expect(chosenStack({ env: 'prod', stack: 'Streamwatch-prod' })).toBe('Streamwatch-prod');
    expect(chosenStack({ stack: 'Plant' })).toBe('Plant');
    expect(targetStack({})).toEqual({ stackName: 'Streamwatch', env: undefined });
    expect(targetStack({ stack: 'Streamwatch-prod' })).toEqual({
      stackName: 'Streamwatch-prod',
      env: 'prod',
    });
    vi.stubEnv('STREAMWATCH_STACK', 'Streamwatch-test');
    expect(targetStack({}).env).toBe('test');
    expect(targetStack({ env: 'prod' }).env).toBe('prod');
  });

  it.each([
    [{ env: 'prod', stack: 'Plant' }, '--env prod is stack Streamwatch-prod, but --stack says Plant.'],
    [{ stack: 'Plant' }, 'Expected stack Streamwatch, or Streamwatch-ENV of an environment, got Plant'],
  ])('%j is a misuse', (choice, words) => {
    expect(() => targetStack(choice)).toThrow(
      expect.objectContaining({ misuse: true, message: expect.stringContaining(words) }),
    );
  });
});

describe('what the last deployment from this folder wrote down', () => {
  beforeEach(() => {
    aws.fail = { code: 'AccessDenied', message: 'nobody should ask' };
  });

  it('spares the question', async () => {
    cache({ Streamwatch: outputs('known') });
    expect([await found(), await found('Streamwatch')]).toEqual(['known', 'known']);
    writeFileSync('cdk-outputs.prod.json', JSON.stringify({ 'Streamwatch-prod': outputs('of prod') }));
    expect([await found('Streamwatch'), await found('Streamwatch-prod')]).toEqual(['known', 'of prod']);
  });

  it.each<[string, () => unknown, string | undefined]>([
    ['of another stack', () => ({ Streamwatch: outputs('known') }), 'Plant'],
    ['of another region', () => ({ Streamwatch: outputs('known', 'us-east-1') }), undefined],
    ['of an earlier version', () => ({ Streamwatch: { Region: 'eu-central-1' } }), undefined],
    ['of several', () => ({ a: outputs('a'), b: outputs('b') }), undefined],
    ['nothing', () => [], undefined],
  ])('does not where it is %s', async (_, stacks, name) => {
    cache(stacks() as object);
    aws.fail = undefined;
    deploy('Plant');
    expect(await found(name)).toBe('stream of Plant');
  });
});

it('without anything of AWS, the local runtime may be meant', async () => {
  vi.stubEnv('AWS_REGION', undefined);
  vi.stubEnv('AWS_DEFAULT_REGION', undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/none');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/none');
  vi.stubEnv('AWS_PROFILE', undefined);
  expect((await problem()).message).toMatch(
    /^No AWS region is set\. .*\nFor the runtime of npm start on this machine, add --local/,
  );
});

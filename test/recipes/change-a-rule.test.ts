/**
 * Change a rule: write the new rules to a file, let `npm run backtest` say what they would have changed, and put them
 * into rules.json. Here it is done to a copy of the sources: nothing else is touched.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Copy, copySources } from './support/copy.ts';

const RULES = 'services/detector/rules.json';
const stricter = (text: string) =>
  text.replace(
    /"threshold": 80,\s*"recoveryThreshold": 75,/,
    '"threshold": 60,\n      "recoveryThreshold": 55,',
  );

let copy: Copy;
beforeAll(() => {
  copy = copySources();
  const readings = [62, 63, 64, 40, 40, 40].map((temperature, seq) => ({
    ...{ device_id: 'dev-1', site_id: 'site-1', seq, temperature, cpu: 10, ram: 10, hd: 10 },
    ...{ timestamp: `2026-01-31T09:30:0${seq}.000Z`, timestamp_sent: '2026-01-31 09' },
  }));
  write('readings.ndjson', readings.map((reading) => JSON.stringify(reading)).join('\n'));
});
afterAll(() => copy.remove());

const write = (file: string, text: string) => writeFileSync(join(copy.folder, file), text);
const alerts = async (): Promise<string[]> => {
  const said = await copy.run('test/recipes/support/evaluate.ts', 'readings.ndjson');
  return JSON.parse(said).alerts.map(({ status }: { status: string }) => status);
};
const template = () => copy.run('test/recipes/support/template.ts', join(copy.folder, 'cdk.out'));

describe('change a rule', () => {
  it('history says beforehand what would be different', async () => {
    write('new.json', stricter(readFileSync(join(copy.folder, RULES), 'utf8')));
    const args = ['--file', 'readings.ndjson', '--rules', 'new.json'];
    const [told, said] = await Promise.all([
      alerts(),
      copy.run('infra/commands/backtest/backtest.ts', ...args),
    ]);
    expect(told).toEqual([]);
    expect(said).toContain('0 incidents as before, 1 new, 0 gone\n  2 e-mails instead of 0 (+2)');
  });

  it('the detector obeys it, and the template takes it along', async () => {
    copy.edit(RULES, stricter);
    const [told, deployed] = await Promise.all([alerts(), template()]);
    expect(told).toEqual(['firing', 'resolved']);
    expect(JSON.parse(deployed).rules[0]).toMatchObject({ threshold: 60, recoveryThreshold: 55 });
  });

  it('a mistake stops the deployment, with its place', async () => {
    copy.edit(RULES, (text) => text.replace('"threshold": 60', '"threshold": 50'));
    await expect(template()).rejects.toThrow(
      'rules[0].recoveryThreshold: Expected at most the threshold 50, got 55',
    );
  });
});

import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { synthesizeIfNeeded } from '../../infra/cli/synth.ts';
import { filesBelow } from './ledger/lake.ts';
import { type Books, type Expectation, reconcile } from './ledger/reconcile.ts';
import { Site } from './producer.ts';
import { HOT, open, resolved, WELL } from './scenario.ts';
import { Stage } from './stage.ts';

describe('the ledger of a pipeline that ran', () => {
  let stage: Stage;
  const expectation: Expectation = { incidents: resolved('site-1') };
  const findings = async () => (await stage.verdict(expectation)).findings;

  beforeAll(async () => {
    stage = new Stage(await synthesizeIfNeeded(resolve(import.meta.dirname, '../..'), () => {}), 1);
    await stage.start();
    const site = new Site('site', 1);
    await stage.send(site, HOT);
    await stage.mails(1);
    await stage.producer.send([{ siteId: 'site', lines: [...site.lines(WELL), 'not a reading'] }]);
    await stage.stop();
  }, 60_000);
  afterAll(() => stage.tearDown());

  it('is green for a correct run', async () => {
    expect(await stage.verdict(expectation)).toMatchObject({
      findings: [],
      figures: { sent: 6, inLake: 6, malformed: 1, expected: 1, opened: 1, resolved: 1, mails: 2 },
    });
  });

  it('is red when one more reading was sent than arrived', async () => {
    const log = readFileSync(stage.sendLog, 'utf8');
    writeFileSync(stage.sendLog, log.replace('"site-1":[0,1,2]', '"site-1":[0,1,2,6]'));
    expect(await findings()).toEqual([
      '1 readings sent and neither in the lake nor under the error prefix: site-1#6',
    ]);
    writeFileSync(stage.sendLog, log);
  });

  it('is red when a file of the lake is missing', async () => {
    const [file = ''] = filesBelow(join(stage.stateDir, 's3', stage.outputs.LakeBucketName, 'readings'));
    const bytes = readFileSync(file);
    rmSync(file);
    expect((await findings()).join()).toMatch(/^\d readings sent and neither in the lake nor/);
    writeFileSync(file, bytes);
  });

  it('is red when a file of the lake is there twice', async () => {
    const [file = ''] = filesBelow(join(stage.stateDir, 's3', stage.outputs.LakeBucketName, 'readings'));
    copyFileSync(file, `${file}.again.parquet`);
    expect((await findings()).join()).toMatch(/^\d readings more often in the lake than sent/);
    rmSync(`${file}.again.parquet`);
  });

  it('is red when the error prefix is empty', async () => {
    const [file = ''] = filesBelow(join(stage.stateDir, 's3', stage.outputs.LakeBucketName, 'errors'));
    const bytes = readFileSync(file);
    rmSync(file);
    expect(await findings()).toEqual(['1 of 1 malformed lines are nowhere']);
    writeFileSync(file, bytes);
  });

  it('is red when one mail came twice, and when one never came', async () => {
    const mails = join(stage.stateDir, 'mail');
    const [first = ''] = readdirSync(mails).sort();
    const again = join(mails, first.replace(/\d{6}\.eml$/, '000099.eml'));
    copyFileSync(join(mails, first), again);
    expect(await findings()).toEqual(['1 notifications were mailed again; at most 0 may be']);
    rmSync(again);
    const bytes = readFileSync(join(mails, first));
    rmSync(join(mails, first));
    expect(await findings()).toEqual(['1 of 1 "firing temperature-high" were never mailed']);
    writeFileSync(join(mails, first), bytes);
  });

  it('is red when more than nine mails came within a second', async () => {
    const mails = join(stage.stateDir, 'mail');
    const [first = ''] = readdirSync(mails).sort();
    const copies = Array.from({ length: 9 }, (_, i) => join(mails, first.replace(/\d\.eml$/, `${i}9.eml`)));
    for (const copy of copies) copyFileSync(join(mails, first), copy);
    expect((await findings()).join()).toMatch(/1[01] mails came within a second; at most 9 may/);
    for (const copy of copies) rmSync(copy);
  });

  it('is red when another history was expected, or none', async () => {
    const { findings: other } = await stage.verdict({ incidents: open('site-1') });
    expect(other[0]).toBe(
      '1 incidents with another history than expected: site-1 temperature-high: expected firing, got firing, resolved',
    );
    const { findings: none } = await stage.verdict({ incidents: [] });
    expect(none[0]).toBe('1 incidents that should never have opened: site-1 temperature-high');
  });

  it('is red when the detector stopped before the end of the stream', async () => {
    rmSync(join(stage.stateDir, 'checkpoints'), { recursive: true });
    expect(await findings()).toEqual([
      'shardId-000000000000: the detector has not come to the last record that was sent',
    ]);
  });
});

describe('the failure bucket in the ledger', () => {
  const books = (readings: string[]): Books => ({
    sent: { acked: new Map([['d#1', 1]]), uncertain: new Set(), malformed: 0, lastOfShard: new Map() },
    lake: { readings: new Map([['d#1', 1]]), alerts: [], silenced: [], inErrors: new Map(), malformed: 0 },
    givenUp: { records: readings.length, readings: new Set(readings) },
    told: [],
    checkpoints: new Map(),
  });

  it('holds what is expected there, and nothing else', () => {
    const givenUp = new Set(['d#1']);
    expect(reconcile(books(['d#1']), { incidents: [], givenUp }).findings).toEqual([]);
    expect(reconcile(books([]), { incidents: [], givenUp }).findings).toEqual([
      '1 readings expected in the failure bucket and not there: d#1',
    ]);
    expect(reconcile(books(['d#1']), { incidents: [] }).findings).toEqual([
      '1 readings in the failure bucket, which nobody expected: d#1',
    ]);
  });
});

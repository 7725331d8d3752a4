import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { synthesizeIfNeeded } from '../../../../infra/cli/synth.ts';
import { runBacktest } from '../../../../infra/commands/backtest/backtest.ts';
import { runCompact } from '../../../../infra/commands/compact.ts';
import { runImport } from '../../../../infra/commands/import/import.ts';
import { mapRows } from '../../../../infra/commands/import/mapping.ts';
import { type PutRecords, pack, sendPaced } from '../../../../infra/commands/import/send.ts';
import { runQuery } from '../../../../infra/commands/query/query.ts';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { loadAssembly } from '../../../../infra/emulator/stack/template.ts';
import { type Runtime, startRuntime } from '../../../../infra/local/runtime.ts';
import { IMPORT_KEY } from '../../../../services/contract/line.ts';
import { listen } from '../support/listen.ts';

const PROJECT = resolve(import.meta.dirname, '../../../..');
const { signal } = new AbortController();

let runtime: Runtime;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'import-'));
  runtime = await start();
});
async function start(): Promise<Runtime> {
  const assembly = loadAssembly(await synthesizeIfNeeded(PROJECT, () => {}), 'Streamwatch');
  const bus = new EventBus();
  return startRuntime({
    // A year at once is more than a shard takes in a second.
    shardLimits: false,
    ...{ assembly, stateDir: join(dir, 'state'), port: 0, bus, version: 'test', deliverySeconds: 1 },
  });
}
afterAll(async () => {
  await runtime?.close();
  rmSync(dir, { recursive: true, force: true });
});

const local = () => ['--local', '--dir', join(dir, 'state')];
async function importFile(...argv: string[]) {
  const { said, io } = listen();
  const code = await runImport([...argv, ...local()], { ...io, now: Date.now }, signal);
  return { code, ...said };
}
async function query(sql: string): Promise<Record<string, unknown>[]> {
  const { said, io } = listen();
  expect(await runQuery([sql, ...local(), '--json'], { ...io, width: 80 }, signal)).toBe(0);
  return JSON.parse(said.stdout);
}
const file = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS - 365 * DAY_MS;
const TEN_MINUTES_MS = 600_000;
/** A year up to yesterday, an hour of readings every six hours, hot at the end: 8,760 rows. */
const YEAR = Array.from({ length: 8760 }, (_, row) => {
  const ms = FIRST_DAY_MS + (Math.floor(row / 6) * 36 + (row % 6)) * TEN_MINUTES_MS;
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')},${row > 8700 ? 95 : 20.5}`;
}).join('\n');

describe('import', { timeout: 180_000 }, () => {
  it('loads a year, whose count adds up, without a mail; rules can be tried on it, and it is kept', async () => {
    const csv = file('year.csv', `timestamp,value\n${YEAR}\nnot a time,5\n2026-01-01 23:59:59,n/a\n`);
    const argv = [
      csv,
      '--device',
      '=boiler',
      '--site',
      '=plant',
      '--metric',
      'temperature=value',
      '--rate',
      '100000',
    ];
    const { code, stdout, stderr } = await importFile(...argv);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${csv}: 8,762 rows = 8,760 on the stream + 0 not yet + 2 skipped\n`,
    });
    expect(stderr).toContain(`${csv} line 8762: Expected a time`);
    expect(stderr).toContain(`${csv} line 8763: reading: Expected at least one of`);

    await vi.waitFor(async () => expect(runtime.counts().delivery.inLake).toBe(8760), {
      timeout: 120_000,
      interval: 500,
    });
    expect(
      await query(
        "SELECT count(*) AS n, count(DISTINCT dt) AS days, max(seq) AS seq FROM readings WHERE site_id = 'plant' AND dt >= '2024-01-01'",
      ),
    ).toEqual([{ n: 8760, days: 365, seq: 8759 }]);
    expect(runtime.counts()).toMatchObject({ mails: 0, opened: 0, notEvaluated: {} });

    const tested = listen();
    const span = ['--since', '3000d', '--json'];
    expect(await runBacktest([...local(), ...span], { ...tested.io, now: Date.now }, signal)).toBe(0);
    expect(JSON.parse(tested.said.stdout).incidents).toMatchObject([
      { device_id: 'boiler', rule: 'temperature-high' },
    ]);

    const compacted = listen();
    const compact = [...local(), '--since', '10d'];
    expect(await runCompact(compact, { ...compacted.io, now: Date.now }, signal)).toBe(0);
    expect(await query('SELECT count(*) AS n FROM readings_trusted')).toEqual([{ n: 240 }]);
  });

  it('takes what other programs export: Home Assistant, and semicolons with offsets', async () => {
    const assistant = file(
      'assistant.csv',
      'entity_id,state,last_changed\nsensor.cellar temp,21.4,2026-03-01T06:00:00.000Z\nsensor.cellar temp,unavailable,2026-03-01T06:00:40.113Z\nsensor.attic,3.5,2026-03-01T06:01:10.902Z\n',
    );
    const home = [
      '--device',
      'entity_id',
      '--site',
      '=home',
      '--time',
      'last_changed',
      '--metric',
      'temperature=state',
    ];
    expect(await importFile(assistant, ...home)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 rows = 2 on the stream + 0 not yet + 1 skipped'),
    });
    const semicolons = file(
      'grafana.csv',
      'Series;Time;Value\ncpu host-a;2026-03-01T00:00:00+01:00;12.5\ncpu host-a;2026-03-01T00:01:00+01:00;13.5\n',
    );
    const grafana = ['--device', 'Series', '--site', '=dc', '--time', 'Time', '--metric', 'cpu=Value'];
    expect((await importFile(semicolons, ...grafana)).code).toBe(0);
    await vi.waitFor(async () => {
      const rows = await query(
        `SELECT device_id, "timestamp" AS made FROM readings WHERE site_id IN ('home', 'dc') AND dt >= '2026-02-01' ORDER BY 2`,
      );
      expect(rows).toEqual([
        { device_id: 'cpu-host-a', made: '2026-02-28T23:00:00.000Z' },
        { device_id: 'cpu-host-a', made: '2026-02-28T23:01:00.000Z' },
        { device_id: 'sensor.cellar-temp', made: '2026-03-01T06:00:00.000Z' },
        { device_id: 'sensor.attic', made: '2026-03-01T06:01:10.902Z' },
      ]);
    }, 30_000);
  });

  it('moves what is older than the lake, and says so where it is not told to', async () => {
    const old = file('old.csv', 'timestamp,value\n2014-02-14 14:30:00,50\n2014-02-14 14:35:00,51\n');
    const argv = [old, '--device', '=nab', '--site', '=nab', '--metric', 'cpu=value'];
    const refused = await importFile(...argv);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('Move them with --end now') });
    expect((await importFile(...argv, '--end', 'now')).code).toBe(0);
  });

  it('begins at the first record only where it is told to, when the note of how far it came is damaged', async () => {
    const csv = file('noted.csv', 'timestamp,value\n2026-01-05 14:30:00,50\n');
    file('noted.csv.import.json', '{"import":');
    const refused = await importFile(csv, '--device', '=n', '--site', '=n', '--metric', 'cpu=value');
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/import\.json is damaged.*Delete it/),
    });
  });

  it('goes on where it stopped, and does nothing twice', async () => {
    const lines = Array.from(
      { length: 30 },
      (_, i) =>
        `{"device_id":"d","site_id":"again","timestamp":"2026-01-${String(i + 1).padStart(2, '0')}T00:00:00Z","ram":5}`,
    );
    const ndjson = file('again.ndjson', lines.join('\n'));
    const stop = new AbortController();
    const calls = () => runtime.counts().calls['kinesis.PutRecords'] ?? 0;
    const before = calls();
    // The first call takes 20 of the 30 records; the next would wait for its turn.
    const now = () => {
      if (calls() > before) stop.abort();
      return Date.now();
    };
    const stopped = listen();
    expect(await runImport([ndjson, ...local(), '--rate', '1'], { ...stopped.io, now }, stop.signal)).toBe(1);
    expect(stopped.said.stdout).toBe(`${ndjson}: 30 rows = 20 on the stream + 10 not yet + 0 skipped\n`);
    const second = await importFile(ndjson, '--rate', '100000');
    expect(second).toMatchObject({
      code: 0,
      stdout: `${ndjson}: 30 rows = 30 on the stream + 0 not yet + 0 skipped\n`,
    });
    const third = await importFile(ndjson, '--rate', '100000');
    expect(third).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('an earlier run has sent all of it'),
    });
    await vi.waitFor(async () => {
      const [row] = await query(
        "SELECT count(*) AS n, count(DISTINCT seq) AS distinct_n FROM readings WHERE site_id = 'again' AND dt >= '2026-01-01'",
      );
      expect(row).toEqual({ n: 30, distinct_n: 30 });
    }, 30_000);
  });

  it('begins at the first record at a runtime that was begun afresh', async () => {
    const csv = file('afresh.csv', 'timestamp,value\n2026-01-05 14:30:00,50\n');
    const argv = [csv, '--device', '=f', '--site', '=f', '--metric', 'cpu=value'];
    expect((await importFile(...argv)).stderr).not.toContain('earlier run');
    await runtime.close();
    const { code, stderr } = await importFile(...argv);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('npm start') });
    rmSync(join(dir, 'state'), { recursive: true });
    runtime = await start();
    expect((await importFile(...argv)).stderr).not.toContain('earlier run');
    expect(await importFile(...argv)).toMatchObject({
      stderr: expect.stringContaining('has sent all of it'),
    });
  });

  it('names a column that is not there, and a mapping that gives nothing', async () => {
    const csv = file('few.csv', 'when,temp\n2026-01-01 00:00:00,5\n');
    expect(await importFile(csv, '--device', '=d', '--site', '=s', '--metric', 'cpu=temp')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'Expected one column of times, such as timestamp, got 2 columns: when, temp. Name it with --time',
      ),
    });
    expect(await importFile(csv, '--device', '=d', '--site', '=s', '--time', 'when')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected at least one of temperature, cpu, ram, hd'),
    });
  });
});

describe('the way into the stream', () => {
  const rows = Array.from({ length: 1200 }, (_, i) => ({
    line: i + 2,
    cells: { d: `d${i % 2}`, t: new Date(Date.UTC(2026, 0, 1, 0, 0, i)).toISOString(), v: '5' },
  }));
  const mapping = { device: 'd', site: '=s', time: 't', metrics: { cpu: 'v' } };
  const { readings } = mapRows(rows, mapping, ['d', 't', 'v']);

  it('packs by site and day, up to what a record holds, under a key that no site can have', () => {
    const records = pack(readings);
    expect(records.reduce((sum, record) => sum + record.readings, 0)).toBe(1200);
    expect(Math.max(...records.map(({ text }) => text.length))).toBeLessThanOrEqual(24 * 1024);
    expect(new Set(records.map(({ key }) => key))).toEqual(new Set([`${IMPORT_KEY}s`]));
    expect(readings.filter(({ device_id }) => device_id === 'd1').map(({ seq }) => seq)).toEqual(
      Array.from({ length: 600 }, (_, i) => i),
    );
  });

  it('sends refused entries again, and only those', async () => {
    const records = pack(readings);
    const got: string[] = [];
    let calls = 0;
    const put: PutRecords = async (entries) => {
      calls += 1;
      return {
        Records: entries.map(({ Data }, i) => {
          if (calls === 1 && i % 2 === 1) return { ErrorCode: 'ProvisionedThroughputExceededException' };
          got.push(Data.toString());
          return { SequenceNumber: '1' };
        }),
      };
    };
    const pace = { rate: 1e9, days: 400, withinMs: 0 };
    const sent = await sendPaced(records, 0, { put, pace, now: Date.now, signal, onProgress: () => {} });
    expect(sent).toBe(records.length);
    expect(got.toSorted()).toEqual(records.map(({ text }) => text).toSorted());
  });
});

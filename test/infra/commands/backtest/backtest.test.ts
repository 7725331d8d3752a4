/** The command end to end: history from a lake and from files, through the real detector. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BacktestProgress, backtestResultSchema } from '../../../../infra/cli/backtest-result.ts';
import { runBacktest } from '../../../../infra/commands/backtest/backtest.ts';
import { formatSentHour, formatTimestamp } from '../../../../services/contract/reading.ts';
import { NOW, type RawReading, TABLES, writeRaw } from '../../emulator/athena/iceberg/support/raw.ts';
import { createHarness, type Harness } from '../../emulator/athena/support/harness.ts';
import { listen } from '../support/listen.ts';
import { type ServedAthena, serveAthena } from '../support/local-athena.ts';

const MINUTE = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'backtest-'));
afterAll(() => rmSync(folder, { recursive: true }));

let harness: Harness;
let served: ServedAthena | undefined;
beforeAll(() => {
  harness = createHarness({ tables: TABLES, now: () => NOW });
});
afterEach(() => {
  served?.close();
  served = undefined;
});
afterAll(() => harness.close());
let out = '';
let err = '';

async function run(...argv: string[]): Promise<number> {
  const { said, io } = listen();
  const code = await runBacktest(argv, { ...io, now: () => NOW }, new AbortController().signal);
  [out, err] = [said.stdout, said.stderr];
  return code;
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Temperatures of one device, one per minute, beginning at `start`. */
const series = (device: string, start: number, temperatures: number[]): RawReading[] =>
  temperatures.map((temperature, seq) => {
    const made = start + seq * MINUTE;
    return { device, seq, made, sent: made, temperature };
  });

const hot = (threshold: number, more: object = {}) => ({
  ...{ name: 'hot', metric: 'temperature', operator: '>', threshold, severity: [{ severity: 'warning' }] },
  ...more,
});
const rules = (name: string, ...list: object[]) => file(name, JSON.stringify({ rules: list }));

/** With the current rules (2 of 3 above 80, well at 75 three times): one incident of dev-b, 4 minutes long. */
const WARM = [50, 70, 50, 50, 70, 50, 50, 50];
const HOT = [50, 85, 95, 85, 50, 50, 50, 50];

async function openLake(): Promise<string[]> {
  harness.empty();
  await writeRaw(harness, [
    ...series('dev-a', NOW - 60 * MINUTE, WARM),
    ...series('dev-b', NOW - 60 * MINUTE, HOT),
    ...series('dev-b', NOW - 60 * MINUTE, HOT).slice(1, 3),
    ...series('dev-c', NOW - 60 * MINUTE, [20, 20, 20]),
    { device: 'dev-b', seq: 99, made: 'garbage', sent: NOW - 60 * MINUTE, temperature: 99 },
  ]);
  served = await serveAthena(harness);
  return ['--local', '--dir', served.dir];
}

describe('npm run backtest', () => {
  it('says what the current rules would have done with the history in the lake', async () => {
    const local = await openLake();
    expect(await run(...local)).toBe(0);
    expect(out).toBe(`services/detector/rules.json over 21 readings of 3 devices from the local lake
2026-11-22 11:00 to 2026-11-22 11:07 UTC

Rule                           Day        Incidents critical     open  E-mails
temperature-high               2026-11-22         1        1        0        2
cpu-saturated                  –                  0        0        0        0
ram-exhausted                  –                  0        0        0        0
disk-full                      –                  0        0        0        0
temperature-stuck              –                  0        0        0        0
cpu-stuck                      –                  0        0        0        0
ram-stuck                      –                  0        0        0        0
disk-stuck                     –                  0        0        0        0
temperature-noisy              –                  0        0        0        0
cpu-noisy                      –                  0        0        0        0
ram-noisy                      –                  0        0        0        0
disk-noisy                     –                  0        0        0        0
device-silent                  –                  0        0        0        0
site-silent                    –                  0        0        0        0
cpu-unusual                    –                  0        0        0        0
Total                                             1        1        0        2

Longest
  temperature-high   dev-b          11-22 11:01       5 min  critical 95 °C
`);
    expect(err).toMatch(/^\d.* scanned: \$0\.00005 on AWS\n$/);
  });

  it('compares other rules with the current ones: what is new, what is gone, how many e-mails', async () => {
    const local = await openLake();
    expect(await run(...local, '--rules', rules('low.json', hot(60)))).toBe(0);
    expect(out).toContain(`Against services/detector/rules.json
  1 incident as before, 2 new, 0 gone
  6 e-mails instead of 2 (+4)

New
  hot                dev-a          11-22 11:01       1 min  warning  70 °C
  hot                dev-a          11-22 11:04       1 min  warning  70 °C
`);
    expect(out).toContain(`Flappiest
  hot                      dev-a                2 incidents, 2 min apart
`);
    expect(await run(...local, '--rules', rules('high.json', hot(99)))).toBe(0);
    expect(out).toContain(
      '0 incidents as before, 0 new, 1 gone\n  0 e-mails instead of 2 (-2)\n\nGone\n  temperature-high',
    );
    for (const line of out.replaceAll(`${folder}/`, '').split('\n'))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  it('prints everything as JSON', async () => {
    const local = await openLake();
    await run(...local, '--rules', rules('low.json', hot(60)), '--json');
    expect(JSON.parse(out)).toMatchObject({
      history: { readings: 21, devices: 3, from: '2026-11-22T11:00:00.000Z' },
      per_rule_and_day: [{ rule: 'hot', day: '2026-11-22', incidents: 3, emails: 6 }],
      incidents: [
        { device_id: 'dev-a' },
        { device_id: 'dev-a' },
        {
          ...{ device_id: 'dev-b', site_id: 'site-1', rule: 'hot', kind: 'threshold', severity: 'warning' },
          ...{ started_at: '2026-11-22T11:01:00.000Z', ended_at: '2026-11-22T11:04:00.000Z', peak: 95 },
        },
      ],
      comparison: { same: 1, gone: [], emails: { candidate: 6, inForce: 2 } },
    });
  });

  it('compares with any rules: per rule, and what fires, ends, climbs or mails otherwise', async () => {
    const local = await openLake();
    const quiet = hot(80, { sendResolved: false });
    const before = rules('before.json', hot(80), hot(60, { name: 'warm' }));
    const after = rules('after.json', quiet, hot(99, { name: 'warm' }), hot(60, { name: 'lukewarm' }));
    expect(await run(...local, '--rules', after, '--against', before, '--json')).toBe(0);
    const { comparison, history } = backtestResultSchema.parse(JSON.parse(out));
    expect(history.scannedBytes).toBeGreaterThan(0);
    expect(comparison.perRule).toEqual([
      { rule: 'hot', incidents: { candidate: 1, inForce: 1 }, emails: { candidate: 1, inForce: 2 } },
      { rule: 'warm', incidents: { candidate: 0, inForce: 3 }, emails: { candidate: 0, inForce: 6 } },
      { rule: 'lukewarm', incidents: { candidate: 3, inForce: 0 }, emails: { candidate: 6, inForce: 0 } },
    ]);
    expect(comparison.changed).toMatchObject([
      { after: { rule: 'hot', emails: 1 }, before: [{ emails: 2 }] },
    ]);
    // Both have a rule "warm", so that "lukewarm" is another one, not the same under another name.
    expect([comparison.same, comparison.added.length, comparison.gone.length]).toEqual([1, 3, 3]);
    expect(await run(...local, '--rules', after, '--against', before)).toBe(0);
    expect(out).toContain(`\nChanged\n  hot                dev-b          11-22 11:01`);
  });

  it('tells how far it is', async () => {
    const local = await openLake();
    const told: BacktestProgress[] = [];
    const { io } = listen();
    const progress = (one: BacktestProgress) => void told.push(one);
    const argv = [...local, '--rules', rules('low.json', hot(60))];
    await runBacktest(argv, { ...io, now: () => NOW, progress }, new AbortController().signal);
    expect(told).toEqual([
      { phase: 'asks the lake', done: 0, total: 0 },
      { phase: 'reads', done: 21, total: 21 },
      { phase: 'replays', done: 0, total: 42 },
    ]);
  });

  it('looks no further back than it is told to', async () => {
    const local = await openLake();
    expect(await run(...local, '--since', '30m')).toBe(1);
    expect(err).toBe('There are no readings since 2026-11-22 11:30 UTC. Look further back: --since 7d\n');
  });

  it('obeys selectors and sendResolved: false', async () => {
    const local = await openLake();
    const quiet = hot(60, { selector: { devices: ['dev-a'] }, sendResolved: false });
    await run(...local, '--rules', rules('quiet.json', quiet), '--json');
    expect(
      JSON.parse(out).incidents.map((one: { device_id: string; emails: number }) => [
        one.device_id,
        one.emails,
      ]),
    ).toEqual([
      ['dev-a', 1],
      ['dev-a', 1],
    ]);
  });
});

describe('files', () => {
  const ndjson = (readings: RawReading[]) =>
    readings
      .map(({ device, seq, made, sent, temperature }) =>
        JSON.stringify({
          ...{ device_id: device, site_id: 'site-1', seq, temperature, cpu: 1, ram: 1, hd: 1 },
          ...{ timestamp: formatTimestamp(made as number), timestamp_sent: formatSentHour(sent) },
        }),
      )
      .join('\n');

  it('of readings may be in any order, with repeats and broken lines', async () => {
    const readings = series('dev-b', NOW, HOT);
    const path = file('some.ndjson', `${ndjson([...readings, ...readings].reverse())}\nbroken\n\n`);
    expect(await run('--file', path, '--json')).toBe(0);
    expect(JSON.parse(out).incidents).toEqual([
      expect.objectContaining({ device_id: 'dev-b', peak: 95, severity: 'critical', emails: 2 }),
    ]);
    expect(err).toMatch(/^1 line left out\. .*some\.ndjson line 17: Expected a reading as JSON\n$/);
  });

  it('of readings are treated as the detector treats them: a clock far ahead is not evaluated', async () => {
    const ahead = series('dev-b', NOW + 2 * 60 * MINUTE, HOT).map((reading) => ({ ...reading, sent: NOW }));
    await run('--file', file('ahead.ndjson', ndjson(ahead)), '--json');
    expect(JSON.parse(out).incidents).toEqual([]);
  });

  it('of a series are evaluated by the rules about its metric only', async () => {
    const rows = HOT.map((value, i) => `2014-02-14 14:3${i}:00,${value}`).join('\n');
    const path = file('machine temp.csv', `timestamp,value\n${rows}\n2014-02-14 15:00:00,\n`);
    const low = { ...hot(1), name: 'cold', metric: 'cpu', operator: '<' };
    expect(await run('--file', path, '--rules', rules('both.json', hot(80), low), '--json')).toBe(0);
    const { incidents, per_rule_and_day: days } = JSON.parse(out);
    expect(days).toEqual([{ rule: 'hot', day: '2014-02-14', incidents: 1, critical: 0, open: 0, emails: 2 }]);
    expect(incidents[0]).toMatchObject({ device_id: 'machine-temp', started_at: '2014-02-14T14:31:00.000Z' });
    expect(err).toMatch(/^1 line left out\. .*machine temp\.csv line 10: Expected a number, got ""\n$/);
  });

  it('of a series are sorted, have a time once, and keep to the range of their metric', async () => {
    const rows = ['14:31:00,50', '14:30:00,250', '14:29:00,40', '14:31:00,60'].map(
      (row) => `2014-02-14 ${row}`,
    );
    const path = file('back.csv', `timestamp,value\n${rows.join('\n')}\n`);
    expect(await run('--file', path, '--metric', 'cpu', '--json')).toBe(0);
    const { history, incidents } = JSON.parse(out);
    expect(history).toMatchObject({ readings: 2, from: '2014-02-14T14:29:00.000Z' });
    expect(incidents).toEqual([]);
    expect(err).toMatch(/^.*back\.csv: Rows were not in order of time; sorted\.\n/);
    expect(err).toMatch(
      /2 lines left out\. .*back\.csv line 3: Expected a percentage \(0 to 100\) for cpu, got 250/,
    );
  });

  it('of readings take no options about a series', async () => {
    const path = file('not-csv.ndjson', ndjson(series('dev-b', NOW, HOT)));
    expect(await run('--file', path, '--where', 'device_id=dev-b')).toBe(2);
    expect(err).toMatch(/--where is for a recorded series/);
  });

  it('are told from a series by what they are, not by their name only', async () => {
    const path = file('readings.txt', ndjson(series('dev-b', NOW, HOT)));
    expect(await run('--file', path, '--json')).toBe(0);
    expect(JSON.parse(out).history).toMatchObject({ readings: 8, devices: 1 });
    const other = file('exported.txt', 'Series;Time;Value\ncpu;2026-03-01T00:00:00Z;95\n');
    expect(await run('--file', other, '--metric', 'cpu', '--json')).toBe(0);
    expect(JSON.parse(out).history).toMatchObject({ readings: 1, from: '2026-03-01T00:00:00.000Z' });
  });

  it('make the same incidents, however long the series is', async () => {
    const day = Date.UTC(2026, 2, 1);
    const rows = Array.from({ length: 25_000 }, (_, i) => {
      const value = i % 500 < 20 || Math.abs(i - 10_000) < 30 || i > 24_990 ? 95 : 40;
      return `${formatTimestamp(day + i * 1000)},${value}`;
    });
    const rule = rules('long.json', hot(80));
    await run('--file', file('long.csv', `time,value\n${rows.join('\n')}`), '--rules', rule, '--json');
    const { incidents } = JSON.parse(out);
    expect(incidents).toHaveLength(51);
    expect(incidents.filter(({ ended_at }: { ended_at: string | null }) => ended_at === null)).toHaveLength(
      1,
    );
    expect(incidents.at(-1)).toMatchObject({ emails: 1, seen_until: formatTimestamp(day + 24_999_000) });
    expect(incidents[20]).toMatchObject({
      started_at: formatTimestamp(day + (10_000 - 29) * 1000),
      ended_at: formatTimestamp(day + (10_000 + 30) * 1000),
      emails: 2,
    });
  });

  it('that end during an incident show it as open, with its length so far', async () => {
    const path = file('open.ndjson', ndjson(series('dev-b', NOW, [50, 95, 96, 97])));
    await run('--file', path);
    expect(out).toMatch(/temperature-high +2026-11-22 +1 +1 +1 +1\n/);
    expect(out).toContain('2 min+  critical 97 °C');
  });
});

describe('mistakes', () => {
  it.each([
    [['--file', '/nowhere.ndjson'], 2, /^error: Cannot read \/nowhere\.ndjson: /],
    [['--file', 'x.csv', '--local'], 2, /cannot be used with option/],
    [['--file', 'x.csv', '--since', '1d'], 2, /--since is for the lake/],
    [['--dir', 'x'], 2, /--dir goes with --local only/],
    [['--where', 'room=hall'], 2, /--where is for a recorded series \(--file FILE\.csv\)/],
    [['--metric', 'pressure'], 2, /Allowed choices are temperature, cpu, ram, hd/],
    [['--since', 'soon'], 2, /Expected a duration such as/],
    [['--rule', 'x'], 2, /Did you mean --rules/],
  ])('%j: exit code %d, with the reason', async (argv, code, message) => {
    expect(await run(...argv)).toBe(code);
    expect(err).toMatch(message);
    expect(out).toBe('');
  });

  it.each([
    ['{', /bad\.json: Expected a file of JSON\./],
    ['{"rules":[{"name":"hot","metric":"temperature","operator":"~"}]}', /bad\.json: .*rules\[0\]\.operator/],
  ])('in a rules file are named with their place: %s', async (content, message) => {
    expect(await run('--rules', file('bad.json', content), '--file', 'x.ndjson')).toBe(2);
    expect(err).toMatch(message);
  });

  it.each([
    ['empty.ndjson', '', /Expected readings as NDJSON, got an empty file/],
    ['other.ndjson', '{"a":1}', /line 1: device_id, site_id, .*: missing/],
    ['semicolons.csv', 'Time;Value\n01/02/2026 10:00;5', /--time-format DD\/MM\/YYYY or --time-format MM/],
    [
      'other.csv',
      'moment,value\n1,2',
      /Expected one column of times, such as timestamp, got 2 columns: moment, value\. Name it with --time-column/,
    ],
    [
      'head.csv',
      'timestamp,value\n',
      /head\.csv: Expected at least one usable row; it has no rows below its header/,
    ],
  ])('in a file of history are named: %s', async (name, content, message) => {
    expect(await run('--file', file(name, content))).toBe(2);
    expect(err).toMatch(message);
  });
});

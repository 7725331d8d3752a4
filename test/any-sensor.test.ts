/**
 * Six devices, none of them ours, each sent in another form: who is alerted, who is refused, what a person reads, and
 * what the lake, its queries, the trusted layer and a backtest make of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { synthesizeIfNeeded } from '../infra/cli/synth.ts';
import { runBacktest } from '../infra/commands/backtest/backtest.ts';
import { runCompact } from '../infra/commands/compact.ts';
import { runQuery } from '../infra/commands/query/query.ts';
import { EventBus, type RuntimeEvent } from '../infra/emulator/base/events.ts';
import { loadAssembly } from '../infra/emulator/stack/template.ts';
import { type Runtime, startRuntime } from '../infra/local/runtime.ts';
import { eventLines, painter, summary } from '../infra/local/session/screen.ts';
import { formatSentHour } from '../services/contract/reading.ts';
import { historyQuery } from '../services/detector/history-query.ts';
import { listen } from './infra/commands/support/listen.ts';

const START = Date.now() - 60_000;
const iso = (second: number) => new Date(START + second * 1000).toISOString();
/** Python's `isoformat()` of an aware time, five and a half hours east. */
const isoformat = (second: number) =>
  `${new Date(START + second * 1000 + 5.5 * 3_600_000).toISOString().slice(0, -1)}123+05:30`;

/** What a device sends instead of a whole reading. Each is hot from its second reading on. */
const DEVICES: Record<string, (second: number) => Record<string, unknown>> = {
  thermometer: (s) => ({ timestamp: iso(s) }),
  'go-client': (s) => ({ timestamp: iso(s).replace(/\.\d+Z/, 'Z'), cpu: null }),
  'py-client': (s) => ({ timestamp: isoformat(s), cpu: 20, ram: 30, hd: 40 }),
  nested: (s) => ({ timestamp: iso(s), battery: { volts: 3.1, cells: [1, 2] }, cpu: 20 }),
  'wrong-type': (s) => ({ timestamp: iso(s), cpu: '20 %' }),
  saturated: (s) => ({ timestamp: iso(s), temperature: undefined, cpu: s === 0 ? 50 : 100.0001 }),
  'no-zone': (s) => ({ timestamp: iso(s).slice(0, 19) }),
};
const TEMPERATURES = [50, 95, 96, 97, 98, 98];

const readingsOf = (device: string) =>
  TEMPERATURES.map((temperature, seq) =>
    JSON.stringify({
      ...{ device_id: device, site_id: 'field', seq, temperature },
      ...DEVICES[device]?.(seq),
      timestamp_sent: formatSentHour(START + seq * 1000),
    }),
  );

const { signal } = new AbortController();
let runtime: Runtime;
let dir: string;
const events: RuntimeEvent[] = [];
const said = () =>
  events.flatMap((event) => eventLines(event, '12:00:00', painter(false))).map((line) => line.trim());

beforeAll(async () => {
  const project = resolve(import.meta.dirname, '..');
  const assembly = loadAssembly(await synthesizeIfNeeded(project, () => {}), 'Streamwatch');
  dir = mkdtempSync(join(tmpdir(), 'any-sensor-'));
  const bus = new EventBus();
  bus.on('event', (event) => events.push(event));
  runtime = await startRuntime({
    assembly,
    stateDir: dir,
    port: 0,
    bus,
    version: 'test',
    deliverySeconds: 1,
  });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const kinesis = new KinesisClient({ endpoint: runtime.endpoint, region: 'us-east-1', credentials });
  for (const device of Object.keys(DEVICES)) {
    await kinesis.send(
      new PutRecordCommand({
        StreamName: runtime.outputs.StreamName,
        PartitionKey: 'field',
        Data: Buffer.from(readingsOf(device).join('\n')),
      }),
    );
  }
  kinesis.destroy();
  await vi.waitFor(() => {
    const { delivery, notEvaluated, mails } = runtime.counts();
    expect(delivery.inLake + delivery.malformed).toBeGreaterThanOrEqual(42);
    expect(notEvaluated?.refused).toBe(12);
    expect(mails).toBeGreaterThan(0);
  }, 30_000);
});
afterAll(async () => {
  await runtime?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Rows of a command's `--json`. */
async function query(...argv: string[]): Promise<Record<string, unknown>[]> {
  const { said: output, io } = listen();
  expect(await runQuery([...argv, '--local', '--dir', dir, '--json'], { ...io, width: 80 }, signal)).toBe(0);
  return JSON.parse(output.stdout);
}

describe('six devices that are not ours', { timeout: 60_000 }, () => {
  it('are alerted for, where their readings can be understood', async () => {
    await vi.waitFor(() => {
      const firing = runtime.alerts().filter(({ status }) => status === 'firing');
      expect(new Set(firing.map(({ rule, device_id }) => `${rule} ${device_id}`))).toEqual(
        new Set([
          ...['thermometer', 'go-client', 'py-client', 'nested'].map(
            (device) => `temperature-high ${device}`,
          ),
          'cpu-saturated saturated',
        ]),
      );
    }, 20_000);
    const alert = runtime.alerts().find(({ device_id }) => device_id === 'saturated');
    expect(alert).toMatchObject({ peak: 100, value: 100 });
    const python = runtime.alerts().find(({ device_id }) => device_id === 'py-client');
    expect(python).toMatchObject({ started_at: iso(1), made_from: isoformat(1) });
  });

  it('are refused aloud, where they cannot: on the terminal, with the reason and what to change', () => {
    const words = said().join(' ');
    expect(words).toContain(
      'wrong-type (field): 6 readings refused. cpu: Expected a number, got a text. Send a JSON number from 0 to 100 %, or leave cpu out.',
    );
    expect(words).toContain('no-zone (field): 6 readings refused. timestamp: Expected an RFC 3339 time');
    expect(words).toContain('got one without a zone: add Z if it is UTC.');
    expect(words).not.toMatch(/(thermometer|go-client|py-client|nested|saturated) \(field\): \d+ reading/);
    expect(summary(runtime.counts(), undefined, painter(false)).join('\n')).toMatch(
      /Not evaluated: refused +12\n/,
    );
  });

  it('are on the page', async () => {
    const status = (await (await fetch(`${runtime.endpoint}/api/status`)).json()) as {
      notEvaluated: { device_id: string; verdict: string; readings: number; advice: string }[];
    };
    expect(
      status.notEvaluated.map(({ device_id, verdict, readings }) => [device_id, verdict, readings]),
    ).toEqual(
      expect.arrayContaining([
        ['wrong-type', 'refused', 6],
        ['no-zone', 'refused', 6],
      ]),
    );
  });

  it('are in the lake, with NULL for what they did not send, and the text of the time as they sent it', async () => {
    const sql =
      'SELECT device_id, count(*) AS n, count(temperature) AS t, count(cpu) AS c, min("timestamp") AS first FROM readings GROUP BY 1 ORDER BY 1';
    await vi.waitFor(async () => {
      expect(await query(sql)).toEqual([
        { device_id: 'go-client', n: 6, t: 6, c: 0, first: iso(0).replace(/\.\d+Z/, 'Z') },
        { device_id: 'nested', n: 6, t: 6, c: 6, first: iso(0) },
        { device_id: 'no-zone', n: 6, t: 6, c: 0, first: iso(0).slice(0, 19) },
        { device_id: 'py-client', n: 6, t: 6, c: 6, first: isoformat(0) },
        { device_id: 'saturated', n: 6, t: 0, c: 6, first: iso(0) },
        { device_id: 'thermometer', n: 6, t: 6, c: 0, first: iso(0) },
      ]);
    }, 20_000);
  });

  it('are in the saved queries', async () => {
    await vi.waitFor(async () => {
      const refused = await query('refused-readings');
      expect(refused.map(({ device_id, verdict, readings }) => [device_id, verdict, readings])).toEqual([
        ['no-zone', 'refused', 6],
        ['wrong-type', 'refused', 6],
      ]);
      expect(refused[0]).toMatchObject({ site_id: 'field', advice: expect.stringContaining('RFC 3339') });
    }, 20_000);
    const [site] = await query('fleet-now');
    expect(site).toMatchObject({ site_id: 'field', devices: 6, max_temp: 98, max_cpu: 100, max_ram: 30 });
    const rows = await query('device-last-hour', 'py-client');
    expect(rows.map(({ temperature }) => temperature)).toEqual(TEMPERATURES);
  });

  it.each(['thermometer', 'py-client', 'go-client'])(
    '%s is found by the query in its mail',
    async (device) => {
      const alerts = runtime.alerts().filter(({ device_id }) => device_id === device);
      const { DatabaseName: database, ReadingsTableName: readingsTable } = runtime.outputs;
      const rows = await query(historyQuery(alerts, { database, readingsTable }));
      expect(rows.map(({ temperature }) => temperature)).toEqual(TEMPERATURES);
    },
  );

  it('are in the trusted layer, at their instants, and a backtest finds the same incidents', async () => {
    const compacted = listen();
    expect(
      await runCompact(['--local', '--dir', dir, '--json'], { ...compacted.io, now: Date.now }, signal),
    ).toBe(0);
    const [trusted] = await query(
      `SELECT count(*) AS n, count(cpu) AS c, min("timestamp") = timestamp '${iso(0).replace('T', ' ').slice(0, -1)}' AS same FROM readings_trusted WHERE device_id = 'py-client'`,
    );
    expect(trusted).toEqual({ n: 6, c: 6, same: true });

    const tested = listen();
    expect(
      await runBacktest(
        ['--local', '--dir', dir, '--since', '1h', '--json'],
        { ...tested.io, now: Date.now },
        signal,
      ),
    ).toBe(0);
    const { incidents } = JSON.parse(tested.said.stdout) as {
      incidents: { device_id: string; rule: string }[];
    };
    expect(new Set(incidents.map(({ rule, device_id }) => `${rule} ${device_id}`))).toEqual(
      new Set(runtime.alerts().map(({ rule, device_id }) => `${rule} ${device_id}`)),
    );
  });
});

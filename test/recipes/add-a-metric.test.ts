/**
 * Add a metric: a row in the contract's table of fields, a row in the simulator's table of sensors, and a rule. Here it
 * is done to a copy of the sources, and seen all the way: nothing else is touched.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reading } from '../../services/contract/reading.ts';
import { mergeStatement } from '../../services/contract/trusted.ts';
import { NOW, TABLES, writeRaw } from '../infra/emulator/athena/iceberg/support/raw.ts';
import { createHarness } from '../infra/emulator/athena/support/harness.ts';
import { type Copy, copySources, insertBefore, withRule } from './support/copy.ts';

const FIELD = `  pressure: {
    lakeType: 'double',
    unit: 'hPa',
    range: { min: 300, max: 1100 },
    label: 'Pressure',
    meaning: 'Air pressure',
  },`;
const SENSOR = `  pressure: {
    ...{ level: { min: 990, max: 1020 }, perLoad: -4, lagSeconds: 3600, noise: { deviation: 0.2, seconds: 60 } },
    ...{ normal: { min: 980, max: 1040 }, abnormal: { min: 1060, max: 1080 }, failing: 30 },
    shows: METRIC_FIELDS.pressure.range,
  },`;
const RULE = {
  ...{ name: 'pressure-high', metric: 'pressure', operator: '>', threshold: 1050 },
  severity: [{ severity: 'warning' }],
};

let copy: Copy;
beforeAll(() => {
  copy = copySources();
  copy.edit('services/contract/reading.ts', insertBefore('  timestamp: {', FIELD));
  copy.edit('simulator/sensors.ts', insertBefore('};', SENSOR));
  copy.edit('services/detector/rules.json', withRule(RULE));
});
afterAll(() => copy.remove());

const inCopy = (file: string) => join(copy.folder, file);
const ndjson = (file: string, lines: readonly object[]) =>
  writeFileSync(inCopy(file), lines.map((line) => JSON.stringify(line)).join('\n'));

type Measured = Reading & { pressure?: number };
/** A reading of a device that has no barometer. */
const OLD = {
  ...{ device_id: 'old-1', site_id: 'site-1', seq: 1, temperature: 95, cpu: 10, ram: 10, hd: 10 },
  ...{ timestamp: '2026-01-31T09:30:00.000Z', timestamp_sent: '2026-01-31 09' },
};
const again = (reading: typeof OLD, seq: number) => ({
  ...reading,
  ...{ seq, timestamp: `2026-01-31T09:30:0${seq}.000Z` },
});
interface Evaluated {
  malformed: number;
  alerts: { rule: string; device_id: string; status: string; summary: string }[];
}
const evaluate = async (file: string): Promise<Evaluated> =>
  JSON.parse(await copy.run('test/recipes/support/evaluate.ts', file));

describe.concurrent('add a metric', () => {
  it('simulated devices send it, and its rule fires where it is abnormal', async () => {
    await copy.run(
      'simulator/cli/cli.ts',
      ...['--out', 'sent.ndjson', '--devices', '3', '--interval', '20ms', '--duration', '1s'],
      ...['--inject', 'sustained@dev-2:pressure+300ms/400ms'],
    );
    const sent = readFileSync(inCopy('sent.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line): Measured => JSON.parse(line));
    const healthy = sent.filter(({ pressure = 0 }) => pressure >= 980 && pressure <= 1040);
    const abnormal = sent.filter(({ pressure = 0 }) => pressure > 1050);
    expect(sent.length).toBeGreaterThan(100);
    expect(healthy.length + abnormal.length).toBe(sent.length);
    expect(new Set(abnormal.map(({ device_id }) => device_id))).toEqual(new Set(['dev-2']));

    const { malformed, alerts } = await evaluate('sent.ndjson');
    expect(malformed).toBe(0);
    expect(alerts.map(({ rule, device_id, status }) => [rule, device_id, status])).toEqual([
      ['pressure-high', 'dev-2', 'firing'],
      ['pressure-high', 'dev-2', 'resolved'],
    ]);
    expect(alerts[0]?.summary).toMatch(/^pressure > 1050 hPa on dev-2 .*: pressure 10[678]\d(\.\d+)? hPa/);
  });

  it('a device that does not have it is evaluated for the other rules, and nonsense is refused', async () => {
    ndjson('old.ndjson', [again(OLD, 1), again(OLD, 2), { ...again(OLD, 3), pressure: 20 }]);
    const { malformed, alerts } = await evaluate('old.ndjson');
    expect(malformed).toBe(1);
    expect(alerts.map(({ rule, device_id, status }) => [rule, device_id, status])).toEqual([
      ['temperature-high', 'old-1', 'firing'],
    ]);
  });

  it('the lake has a column for it, and the saved queries show it', async () => {
    const { columns, queries } = JSON.parse(
      await copy.run('test/recipes/support/template.ts', inCopy('cdk.out')),
    );
    expect(columns).toContainEqual({ Name: 'pressure', Type: 'double', Comment: 'Air pressure, hPa' });
    expect(queries['device-last-hour']).toContain('hd, pressure, seq');
    expect(queries['incident-readings']).toContain('r.pressure');
    expect(queries['incidents-last-day']).toContain("WHEN 'pressure' THEN r.pressure");
    expect(queries['fleet-now']).toContain('max(pressure)');
  });

  it('a backtest takes rows with and without it, and the page offers it', async () => {
    const row = { ...again(OLD, 1), pressure: '1070.5' };
    const { readings, asked, metrics } = JSON.parse(
      await copy.run('test/recipes/support/readers.ts', JSON.stringify([row, { ...row, pressure: null }])),
    );
    expect(readings).toEqual([{ ...again(OLD, 1), pressure: 1070.5 }, again(OLD, 1)]);
    expect(asked[1]).toContain('pressure > 1.05e3');
    expect(metrics.at(-1)).toEqual({ name: 'pressure', label: 'Pressure', unit: 'hPa' });
  });

  it('what the lake holds already reads as NULL, in the raw and in the trusted layer', async () => {
    const old = createHarness({ tables: TABLES, now: () => NOW });
    await writeRaw(old, [
      { device: 'old-1', seq: 1, made: NOW - 60_000, sent: NOW - 60_000 },
      { device: 'old-1', seq: 2, made: NOW - 59_000, sent: NOW - 59_000 },
    ]);
    const merged = await old.query(mergeStatement('readings', { first: "'2026-11-20'" }));
    expect(merged.reason).toBeUndefined();
    expect(JSON.parse(await copy.run('test/recipes/support/lake.ts', old.root, 'pressure'))).toEqual([
      '4 | 1 | 1070.5 | 4',
      '4 | 1 | 1070.5 | 4',
    ]);
    await old.close();
  }, 90_000);

  it('the compiler agrees', async () => {
    const modules = [
      'services/detector/handler.ts',
      'simulator/cli/cli.ts',
      'infra/aws/queries/saved-queries.ts',
      'infra/commands/backtest/backtest.ts',
      'infra/local/console/server/page-data.ts',
    ];
    expect(await copy.check(...modules)).toBe('');
  });
});

/** The dashboard in docs/grafana: its queries are answered, read what they show and no more, and follow the saved ones. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { savedQueries } from '../../infra/aws/queries/saved-queries.ts';
import { instant, possible } from '../../services/contract/lake-sql.ts';
import { METRICS } from '../../services/contract/reading.ts';
import { TRUSTED_COLUMNS } from '../../services/contract/trusted.ts';
import {
  ALERTS,
  createHarness,
  DATABASE,
  type Harness,
  plainTable,
  READINGS,
  REFUSED,
} from '../infra/emulator/athena/support/harness.ts';
import { type Grammar, loadTrinoGrammar } from '../support/trino-grammar.ts';
import { expand, queriesOf } from './support/grafana.ts';
import { readPage } from './support/page.ts';

const queries = queriesOf('docs/grafana/dashboard.json');
const NOW = Date.parse('2026-03-01T00:30:00.000Z');
const shown = {
  from: new Date(NOW - 3_600_000),
  to: new Date(NOW),
  variables: { site: 'north', device: 'a1', step: '5m' },
};
const sqlOf = (title: string) => queries.find((query) => query.title === title)?.rawSQL ?? '';

let harness: Harness;
let grammar: Grammar;
beforeAll(async () => {
  const columns = TRUSTED_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
  const tables = [READINGS, ALERTS, REFUSED, plainTable('readings_trusted', columns)];
  harness = createHarness({ tables, now: () => NOW });
  const row = (device: string, seq: number, at: string, temperature: number) =>
    `('${device.replaceAll("'", "''")}', 'north', ${seq}::BIGINT, ${temperature}::DOUBLE, 50.0, 40.0, 30.0, '${at}')`;
  const names = 'device_id, site_id, seq, temperature, cpu, ram, hd, "timestamp"';
  const lateNight = [
    row('a1', 1, '2026-02-28T23:20:00.000Z', 99),
    row('a1', 2, '2026-02-28T23:41:00.000Z', 90),
    // The same five minutes, in the other way to write a time.
    row('a1', 3, '2026-03-01T00:44:00+01:00', 92),
    row("o'a", 9, '2026-02-28T23:42:00.000Z', 20),
  ];
  const rows = (values: string[]) => `SELECT * FROM (VALUES ${values.join(', ')}) t(${names})`;
  await harness.write('readings/dt=2026-02-28/hour=23/x.parquet', rows(lateNight));
  await harness.write(
    'readings/dt=2026-03-01/hour=00/x.parquet',
    rows([row('a1', 4, '2026-03-01T00:10:00.000Z', 40)]),
  );
  await harness.write('readings/dt=2026-02-28/hour=21/x.parquet', rows(lateNight));
  await harness.write(
    'readings_trusted/x.parquet',
    `SELECT * REPLACE ("timestamp"::TIMESTAMPTZ::TIMESTAMP AS "timestamp") FROM (${rows(lateNight)})`,
  );
  const alert = (incident: string, status: string, at: string) =>
    `('${incident}', '${status}', 'warning', 'too-hot', 'a1', 'north', 97.0, '2026-02-28T23:41:00.000Z', '${at}')`;
  await harness.write(
    'alerts/dt=2026-02-28/hour=23/x.parquet',
    `SELECT * FROM (VALUES ${[
      alert('i1', 'firing', '2026-02-28T23:41:00.000Z'),
      alert('i1', 'firing', '2026-02-28T23:41:00.000Z'),
      alert('i1', 'resolved', '2026-02-28T23:55:00.000Z'),
      alert('i2', 'firing', '2026-02-28T23:41:00.000Z'),
    ].join(', ')}) t(incident_id, status, severity, rule, device_id, site_id, peak, started_at, "at")`,
  );
});
beforeAll(async () => {
  grammar = await loadTrinoGrammar();
});
afterAll(() => harness.close());

const answer = async (title: string) => {
  const { rows, reason } = await harness.query(expand(sqlOf(title), shown));
  expect(reason).toBeUndefined();
  return rows;
};

describe.each(queries)('$title', ({ rawSQL, kind, description }) => {
  const sql = expand(rawSQL, shown);

  it('is SQL that Athena takes, and has the columns that Grafana needs', async () => {
    expect(grammar.validate(sql)).toEqual([]);
    const { reason, columns } = await harness.query(sql);
    expect(reason).toBeUndefined();
    const needed = {
      series: ['time'],
      annotation: ['time', 'timeend', 'text', 'tags'],
      table: [],
      variable: [],
    };
    expect(columns.map((column) => column.split(' ')[0])).toEqual(expect.arrayContaining(needed[kind]));
    if (kind === 'series') expect(columns[0]).toMatch(/^time timestamp/);
  });

  it('names partitions, and no time or value otherwise than the contract does', () => {
    expect(sql).toMatch(/\bdt (?:>=|BETWEEN)|"timestamp" BETWEEN/);
    const known = ['"timestamp"', 'started_at', '"at"']
      .map(instant)
      .concat(METRICS.map((name) => possible(name)));
    const rest = known.reduce((text, expression) => text.replaceAll(expression, ''), sql);
    if (kind !== 'table')
      expect(rest).not.toMatch(/from_iso8601|least|CASE WHEN (?:temperature|cpu|ram|hd) /);
  });

  const [, name] = /^npm run query -- (\S+)$/.exec(description) ?? [];
  it.runIf(name !== undefined)('is the saved query that it names', () => {
    const tables = { database: DATABASE, readings: 'readings', alerts: 'alerts', refused: 'refused' };
    const saved = savedQueries(tables).find((query) => query.name === name);
    expect(rawSQL).toBe(saved?.sql.replaceAll(`"${DATABASE}".`, ''));
  });
});

it('shows what is in the lake, in steps, within the time that is shown', async () => {
  const steps = [/2026-02-28 23:40:00.000.* \| 67.33 \| 92.0/, /2026-03-01 00:10:00.000.* \| 40.0 \| 40.0/];
  const site = await answer('Temperature of $site');
  expect(site).toEqual(steps.map((step) => expect.stringMatching(step)));
  const device = await answer('$device');
  expect(device.map((text) => text.split(' | ').slice(1).join(' '))).toEqual([
    '91.0 50.0 40.0 30.0',
    '40.0 50.0 40.0 30.0',
  ]);
  expect(await answer('$device, each hour')).toEqual([
    expect.stringMatching(/^2026-02-28 23:00:00.000.* \| 91.0 \| 50.0/),
  ]);
});

it('counts an incident once, however often its alerts were stored', async () => {
  expect(await answer('Incidents by rule')).toEqual([
    expect.stringMatching(/23:40:00.000.* \| too-hot \| 2$/),
  ]);
  const ends = (await answer('Incidents of the site')).map((text) => text.split(' | ').slice(1).join(' '));
  expect(ends.toSorted()).toEqual([
    expect.stringMatching(/^2026-02-28 23:55:00.000.* too-hot on a1 too-hot$/),
    'NULL too-hot on a1 too-hot',
  ]);
});

it('offers sites and devices to choose from, and takes a name with a quote', async () => {
  expect(await answer('variable site')).toEqual(['north']);
  expect(await answer('variable device')).toEqual(['a1', "o'a"]);
  const quoted = { ...shown, variables: { ...shown.variables, device: "o'a" } };
  const { rows } = await harness.query(expand(sqlOf('$device'), quoted));
  expect(rows).toEqual([expect.stringContaining('20.0')]);
});

it('asks as many queries as the page says', () => {
  const page = readPage('docs/analyse.md').replaceAll(/\s+/g, ' ');
  const panels = queries.filter(({ kind }) => kind === 'series' || kind === 'table').length;
  expect(page).toContain(`asks ${queries.length}: a query for each of its ${panels} panels`);
});

it('opens no hour that is not shown', async () => {
  const { rows } = await harness.query(`EXPLAIN ${expand(sqlOf('$device'), shown)}`);
  // 21:00 is not among them.
  expect(rows[0]).toBe('Files: 2');
});

import { beforeAll, describe, expect, it } from 'vitest';
import { readDevice } from '../../../../../infra/local/console/server/device-history.ts';
import { readSeries, seriesQuerySchema, withTail } from '../../../../../infra/local/console/server/series.ts';
import {
  bucketOf,
  deviceSeries,
  fleetSeries,
  furthestDevices,
  outlierSeries,
  sentBetween,
} from '../../../../../infra/local/console/server/series-sql.ts';
import { type Grammar, loadTrinoGrammar } from '../../../../support/trino-grammar.ts';
import { athenaOf } from './support/athena.ts';

const FROM = Date.parse('2026-01-31T09:00:00Z') / 1000;
const span = { from: FROM, to: FROM + 3_600 };
const whose = { site: 'north', device: 'dev-3' };

describe('the SQL of a chart', () => {
  let grammar: Grammar;
  beforeAll(async () => {
    grammar = await loadTrinoGrammar();
  });

  it('is in the grammar of Athena, and names what it is about by parameters', async () => {
    const statements = [
      deviceSeries('readings', whose, span),
      fleetSeries('readings', {}, 'cpu', span),
      fleetSeries('readings', { site: 'north' }, 'cpu', span),
      furthestDevices('readings', { site: 'north' }, 'temperature', span, -1e-9),
      outlierSeries('readings', [whose, { site: 'south', device: 'dev-1' }], 'temperature', span, 45.25),
    ];
    const { asked, queries } = athenaOf([], []);
    await readDevice(queries, { readings: 'readings', refused: 'refused' }, { ...whose, ...span });
    for (const { sql, parameters } of [...statements, ...asked]) {
      expect(grammar.validate(sql)).toEqual([]);
      expect(sql.match(/\?/g)?.length ?? 0).toBe(parameters.length);
      expect(sql).not.toContain('north');
    }
  });

  it('has a few hundred pieces, however long the time', () => {
    for (const seconds of [60, 300, 900, 3_600, 21_600, 86_400, 604_800, 2_592_000]) {
      const bucket = bucketOf({ from: FROM, to: FROM + seconds });
      expect(seconds / bucket).toBeLessThanOrEqual(300);
      if (bucket > 1) expect(seconds / bucket).toBeGreaterThan(60);
    }
  });

  it('reads the partitions of the time and of a day after it: a line may have been down', () => {
    expect(sentBetween({ from: FROM, to: FROM + 60 })).toBe(
      `dt BETWEEN '2026-01-31' AND '2026-02-01'\n    AND dt || ' ' || hour BETWEEN '2026-01-31 08' AND '2026-02-01 09'`,
    );
  });
});

describe('a series', () => {
  const columns = [
    'bucket',
    'readings',
    'newest',
    'devices',
    'temperature_low',
    'temperature_middle',
    'temperature_high',
  ];

  it('of a device goes on with what the stream has and the lake does not', async () => {
    const rows = [
      [`${FROM}`, '12', `${FROM + 11}`, '1', '40', '45', '50'],
      [`${FROM + 15}`, '2', `${FROM + 16.5}`, '1', '41', '42', '43'],
    ];
    const recent = () => [
      { second: FROM + 16, values: [99, null, null, null] },
      { second: FROM + 17, values: [47, null, null, null] },
      { second: FROM + 31, values: [60, 10, null, null] },
    ];
    const sources = { queries: athenaOf(columns, rows).queries, readings: 'readings', telemetry: { recent } };
    const series = await readSeries(sources, seriesQuerySchema.parse({ ...whose, ...span }));
    expect(series).toMatchObject({
      ...{ bucketSeconds: 15, devices: 1, readings: 16, lakeTo: FROM + 16.5 },
      times: [FROM, FROM + 15, FROM + 30],
      bands: {
        temperature: { low: [40, 41, 60], middle: [45, 44.5, 60], high: [50, 47, 60] },
        cpu: { low: [null, null, 10] },
      },
    });
  });

  /** Of a fleet: what is asked first has how it is spread, what is asked then how far the furthest device is. */
  async function ofFleet(distance: number) {
    const columns = [
      ...['bucket', 'readings', 'newest', 'cpu_low', 'cpu_tenth', 'cpu_middle', 'cpu_ninetieth', 'cpu_high'],
      ...['site_id', 'device_id', 'distance', 'devices', 'value'],
    ];
    const row = [
      `${FROM}`,
      '9',
      `${FROM}`,
      '1',
      '2',
      '3',
      '4',
      '5',
      'north',
      'dev-1',
      `${distance}`,
      '7',
      '5',
    ];
    const { asked, queries } = athenaOf(columns, [row]);
    const sources = { queries, readings: 'readings', telemetry: { recent: () => [] } };
    const series = await readSeries(sources, seriesQuerySchema.parse({ ...span, metric: 'cpu' }));
    return { asked, series };
  }

  it('of many devices has how they are spread, and those that went furthest', async () => {
    const { asked, series } = await ofFleet(3.1);
    expect(series).toMatchObject({
      bands: { cpu: { low: [1], tenth: [2], middle: [3], ninetieth: [4], high: [5] } },
      outliers: [{ site_id: 'north', device_id: 'dev-1', values: [5] }],
      ...{ devices: 7, readings: 9, scannedBytes: 36_000 },
    });
    expect(asked.map(({ parameters }) => parameters)).toEqual([[], [], ["'north'", "'dev-1'"]]);
  });

  it('of a fleet in which nobody is far from the rest takes a look less', async () => {
    const { asked, series } = await ofFleet(3);
    expect(series).toMatchObject({ devices: 7, outliers: [], scannedBytes: 24_000 });
    expect(asked).toHaveLength(2);
  });

  it('without a lake is what the stream has, and says why', () => {
    const none = {
      ...{ ...span, bucketSeconds: 15, times: [], bands: {}, outliers: [], devices: 0, readings: 0 },
      ...{ problem: 'no such table', scannedBytes: 0, cost: 0 },
    };
    const tail = withTail(none, [{ second: FROM + 1, values: [20, null, null, null] }]);
    expect(tail).toMatchObject({ times: [FROM], readings: 1, problem: 'no such table' });
    expect(withTail(none, [{ second: FROM - 1, values: [20, null, null, null] }])).toBe(none);
  });

  it.each([
    [{ from: 5, to: 5 }, /from before to/],
    [{ from: 0, to: 40 * 86_400 }, /31 days/],
    [{ ...span, device: 'dev-1' }, /the site as well/],
    [{ ...span, metric: 'colour' }, /metric/],
  ])('of %j is refused', (query, message) => {
    expect(JSON.stringify(seriesQuerySchema.safeParse(query).error?.issues)).toMatch(message);
  });
});

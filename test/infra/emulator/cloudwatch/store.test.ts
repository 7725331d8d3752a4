import { describe, expect, it } from 'vitest';
import { embeddedMetrics } from '../../../../infra/emulator/base/emf.ts';
import { statisticOf } from '../../../../infra/emulator/cloudwatch/statistic.ts';
import { MetricStore } from '../../../../infra/emulator/cloudwatch/store.ts';

const MINUTE_MS = 60_000;
/** A store whose clock shows this minute. */
const storeAt = (minute = 0) => new MetricStore(() => minute * MINUTE_MS);
const HOUR_MS = 60 * MINUTE_MS;
const of = (name: string, dimensions = {}) => ({ namespace: 'Shop', name, dimensions });
const measured = (value: number, minute = 0, name = 'taken') => ({
  ...{ ...of(name), unit: 'Count', value, atMs: minute * MINUTE_MS },
});

describe('the store of metrics', () => {
  it.each([
    ['Sum', 60],
    ['Average', 15],
    ['Minimum', 0],
    ['Maximum', 30],
    ['SampleCount', 4],
  ])('%s', (name, expected) => {
    const store = storeAt();
    for (const [minute, value] of [10, 20, 30, 0].entries()) store.add(measured(value, minute));
    store.add(measured(99, 5));
    expect(store.read({ metric: of('taken'), statistic: statisticOf(name) }, 0, 5 * MINUTE_MS)).toBe(
      expected,
    );
  });

  it('percentiles are right to a tenth, also below zero', () => {
    const store = storeAt();
    for (let value = -100; value <= 900; value += 1) store.add(measured(value));
    const read = (name: string) =>
      store.read({ metric: of('taken'), statistic: statisticOf(name) }, 0, MINUTE_MS) ?? Number.NaN;
    for (const [name, exact] of [
      ['p99', 890],
      ['p50', 400],
      ['p5', -50],
      ['p0', -100],
      ['p100', 900],
    ] as const) {
      expect(Math.abs(read(name) - exact)).toBeLessThanOrEqual(0.1 * Math.abs(exact));
    }
  });

  it('tells metrics apart by all dimensions, in any order', () => {
    const store = storeAt();
    store.add({ ...measured(1), dimensions: { a: '1', b: '2' } });
    const read = (dimensions: Record<string, string>) =>
      store.read({ metric: of('taken', dimensions), statistic: statisticOf('Sum') }, 0, MINUTE_MS);
    expect([read({ b: '2', a: '1' }), read({ a: '1' }), read({})]).toEqual([1, undefined, undefined]);
  });

  it('forgets what is older than six hours, and takes no more metrics than it can hold', () => {
    let minute = 0;
    const store = new MetricStore(() => minute * MINUTE_MS);
    store.add(measured(1));
    minute = 7 * 60;
    store.add(measured(1, minute));
    store.add(measured(1, 1));
    expect(store.read({ metric: of('taken'), statistic: statisticOf('Sum') }, 0, HOUR_MS)).toBeUndefined();
    for (let i = 0; i < 3_000; i += 1) store.add(measured(1, 7 * 60, `metric-${i}`));
    expect(store.metrics()).toHaveLength(2_000);
  });

  const sumAt = (store: MetricStore, minute: number) =>
    store.read(
      { metric: of('taken'), statistic: statisticOf('Sum') },
      minute * MINUTE_MS,
      (minute + 1) * MINUTE_MS,
    );

  it('is not aged by a data point of a wrong clock', () => {
    const store = storeAt(600);
    store.add(measured(1, 599));
    store.add(measured(7, 60_000_000));
    store.add(measured(2, 600));
    expect([sumAt(store, 599), sumAt(store, 600), sumAt(store, 60_000_000)]).toEqual([1, 2, undefined]);
  });

  it('goes on when the clock is set back or ahead, by however much', () => {
    let minute = 60_000;
    const store = new MetricStore(() => minute * MINUTE_MS);
    for (minute of [60_000, 1_000, 90_000, 60_000]) {
      store.add(measured(minute, minute));
      expect(sumAt(store, minute)).toBe(minute);
    }
  });

  it('takes sets of values, of which it knows percentiles only where all are equal', () => {
    const store = storeAt();
    const read = (name: string) =>
      store.read({ metric: of('taken'), statistic: statisticOf(name) }, 0, MINUTE_MS);
    const { value: _, ...ofTaken } = measured(0);
    store.addSet(ofTaken, { count: 3, sum: 15, min: 5, max: 5 });
    expect([read('p50'), read('SampleCount')]).toEqual([5, 3]);
    store.addSet(ofTaken, { count: 2, sum: 9, min: 1, max: 8 });
    const all = ['SampleCount', 'Sum', 'Minimum', 'Maximum', 'p50'].map(read);
    expect(all).toEqual([5, 24, 1, 8, undefined]);
  });

  it('knows no other statistic', () => {
    expect(() => statisticOf('tm90')).toThrow('The statistic tm90 is not known here');
  });
});

describe('embedded metrics', () => {
  it('count for each set of dimensions, by the names of the line', () => {
    const line = JSON.stringify({
      _aws: {
        Timestamp: 7,
        CloudWatchMetrics: [
          { Namespace: 'Shop', Dimensions: [['service'], []], Metrics: [{ Name: 'taken', Unit: 'Count' }] },
        ],
      },
      ...{ service: 'till', taken: [1, 2] },
    });
    const one = { namespace: 'Shop', name: 'taken', unit: 'Count', atMs: 7 };
    expect(embeddedMetrics(line)).toEqual([
      { ...one, dimensions: { service: 'till' }, value: 1 },
      { ...one, dimensions: { service: 'till' }, value: 2 },
      { ...one, dimensions: {}, value: 1 },
      { ...one, dimensions: {}, value: 2 },
    ]);
    expect(embeddedMetrics('{"CloudWatchMetrics"')).toEqual([]);
  });
});

/** Whatever the contract lets in, DynamoDB and SNS take what the detector makes of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRIC_FIELDS, type Reading } from '../../../services/contract/reading.ts';
import { fromItem } from '../../../services/detector/stored-incident.ts';
import { batch, reading, record } from './support/batch.ts';
import { fakeAws } from './support/fake-aws.ts';
import { harness, published, rules } from './support/harness.ts';

const DONE = { batchItemFailures: [] };
const LONGEST_ID = 'x'.repeat(64);
/** Six bytes each, in the JSON of a JSON. */
const HEAVY_TEXT = '\u0001'.repeat(200);

/** Rules that breach at the edges of what a metric can be, and remember as much as a rule can. */
const RULES = rules(
  { name: 'plain', annotations: { summary: HEAVY_TEXT } },
  { name: 'positive', operator: '>', threshold: 0, recoveryThreshold: 0, evaluationPeriods: 2 },
  { name: 'negative', operator: '<', threshold: 0, recoveryThreshold: 0 },
  {
    name: 'n'.repeat(63),
    operator: '<',
    threshold: 1,
    recoveryThreshold: 1,
    evaluationPeriods: 100,
    datapointsToAlarm: 100,
    annotations: { summary: HEAVY_TEXT, description: HEAVY_TEXT.repeat(10) },
  },
  { name: 'tiny', metric: 'cpu', operator: '>', threshold: 1e-250, recoveryThreshold: 1e-250, for: '1h' },
  {
    name: 'window',
    metric: 'cpu',
    operator: '>=',
    threshold: 50,
    evaluationPeriods: 100,
    recoveryThreshold: 1,
  },
  {
    name: 'outside',
    metric: 'ram',
    operator: 'outside',
    threshold: { min: 1e-9, max: 99 },
    recoveryThreshold: { min: 1e-9, max: 99 },
  },
);

/** Every double of a metric's range, and the odd ones more often. */
function valuesOf(metric: 'temperature' | 'cpu' | 'ram' | 'hd') {
  const { min, max } = METRIC_FIELDS[metric].range;
  const odd = [
    0,
    -0,
    5e-324,
    1e-200,
    1e-131,
    1e-130,
    1e-129,
    0.1 + 0.2,
    1 / 3,
    min,
    max,
    50,
    99.99999999999999,
  ];
  return fc.oneof(
    fc.constantFrom(...odd.filter((value) => value >= min && value <= max)),
    fc.double({ min, max, noNaN: true }),
  );
}

const anyReading: fc.Arbitrary<Partial<Reading>> = fc.record({
  device_id: fc.constantFrom('a', '.', '__proto__', LONGEST_ID),
  site_id: fc.constantFrom('b', '..', 'constructor', LONGEST_ID),
  seq: fc.oneof(fc.nat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER)),
  temperature: valuesOf('temperature'),
  cpu: valuesOf('cpu'),
  ram: valuesOf('ram'),
  hd: valuesOf('hd'),
  timestamp: fc.constantFrom(
    '0000-01-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '2026-01-31T10:00:00.000Z',
    '2026-01-31T10:00:00.001Z',
    '2026-01-31T12:04:59.999Z',
  ),
});

describe('the limits of DynamoDB and SNS', () => {
  it('are met by no sequence of valid readings', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyReading, { minLength: 1, maxLength: 60 }), { maxLength: 6 }),
        async (batches) => {
          const { detector, aws, metric, kept } = harness(RULES);
          for (const readings of batches) {
            const records = [record(readings.map((values) => reading('10:00:00', values)))];
            expect(await detector(batch(records))).toEqual(DONE);
          }
          expect(aws.refused).toEqual([]);
          expect([kept, metric('MalformedLines'), metric('NotificationFailures')]).toEqual([[], [], []]);
          // And what was stored is what is read.
          for (const item of aws.items.values()) expect(() => fromItem(item)).not.toThrow();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leave every value as it was', async () => {
    const { detector, aws } = harness(
      rules({ metric: 'cpu', operator: '>', threshold: 0, recoveryThreshold: 0 }),
    );
    await detector(batch([record([reading('10:00:00', { cpu: 1e-200 })])]));
    await detector(batch([record([reading('10:00:01', { cpu: 0 })])]));
    expect(published(aws).map(({ status, peak }) => [status, peak])).toEqual([
      ['firing', 1e-200],
      ['resolved', 1e-200],
    ]);
  });

  it('are kept by a device with more alerts in a record than an item can hold', async () => {
    const { detector, aws, metric } = harness(
      rules({ name: 'n'.repeat(63), annotations: { summary: HEAVY_TEXT } }),
    );
    const flapping = Array.from({ length: 1001 }, (_, i) =>
      reading('10:00:00', {
        ...{
          device_id: LONGEST_ID,
          site_id: LONGEST_ID,
          seq: i,
          temperature: i % 2 === 0 ? 10_000 : -273.15,
        },
        timestamp: new Date(Date.parse('2026-01-31T10:00:00.000Z') + i).toISOString(),
      }),
    );
    // Another device of the record, which needs no second round.
    const other = reading('10:00:00', { site_id: LONGEST_ID, temperature: 95 });
    const records = [record([...flapping, other])];
    expect(await detector(batch(records))).toEqual(DONE);
    expect(aws.refused).toEqual([]);
    const alerts = published(aws);
    expect(alerts.filter(({ device_id }) => device_id === LONGEST_ID)).toHaveLength(1001);
    expect(new Set(alerts.map(({ notification_id }) => notification_id)).size).toBe(1002);
    expect([metric('IncidentsOpened'), metric('IncidentsResolved'), metric('LateReadings')]).toEqual([
      [502],
      [500],
      [],
    ]);
    // A retry changes nothing.
    expect(await detector(batch(records))).toEqual(DONE);
    expect(published(aws)).toHaveLength(1002);
  });

  it('are kept while the topic is down: the outbox waits, and nothing is lost or told twice', async () => {
    const aws = fakeAws();
    const { detector } = harness(rules({}), aws);
    const records = Array.from({ length: 40 }, (_, i) =>
      record(
        Array.from({ length: 10 }, (__, j) => {
          const n = i * 10 + j;
          const timestamp = new Date(Date.parse('2026-01-31T10:00:00.000Z') + n).toISOString();
          return reading('10:00:00', { seq: n, temperature: n % 2 === 0 ? 95 : 50, timestamp });
        }),
      ),
    );
    aws.fault = (call) => (call === 'Publish' ? 'before' : undefined);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { batchItemFailures } = await detector(batch(records));
      expect(batchItemFailures).toEqual([{ itemIdentifier: records[0]?.kinesis.sequenceNumber }]);
    }
    aws.fault = () => undefined;
    // Another environment, cut elsewhere.
    for (let i = 0; i < records.length; i += 7) {
      expect(await harness(rules({}), aws).detector(batch(records.slice(i, i + 7)))).toEqual(DONE);
    }
    expect(aws.refused).toEqual([]);
    const ids = published(aws).map(({ notification_id }) => notification_id);
    expect([ids.length, new Set(ids).size]).toEqual([400, 400]);
  });
});

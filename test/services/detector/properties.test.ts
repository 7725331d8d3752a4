/**
 * What the README promises, tested with random input: however a stream is cut into batches, whatever comes twice, and
 * wherever an invocation dies, the incidents are those of an undisturbed run.
 */
import type { KinesisStreamRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../services/contract/alert.ts';
import type { Reading } from '../../../services/contract/reading.ts';
import { batch, clock, reading, recordsOf } from './support/batch.ts';
import { fakeAws } from './support/fake-aws.ts';
import { harness, published, rules } from './support/harness.ts';

const RUNS = 200;

/** Rules that together use every condition of timing and severity. */
const RULES = rules(
  { name: 'plain' },
  {
    name: 'debounced',
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    datapointsToClear: 2,
    severity: [{ severity: 'warning' }, { severity: 'critical', threshold: 90 }],
  },
  { name: 'lasting', for: '30s', keepFiringFor: '30s' },
  {
    name: 'everything',
    evaluationPeriods: 4,
    datapointsToAlarm: 2,
    for: '20s',
    datapointsToClear: 2,
    keepFiringFor: '20s',
    severity: [{ severity: 'warning' }, { severity: 'critical', threshold: 90 }],
  },
);

/** Well, between the thresholds, breaching, a higher peak, critical. */
const temperature = fc.constantFrom(50, 50, 50, 78, 85, 85, 86, 95);

const deviceReadings = fc.array(fc.record({ temperature, gapSeconds: fc.integer({ min: 1, max: 25 }) }), {
  maxLength: 20,
});

/** Readings of three devices at two sites, in order of time. */
const fleetReadings = fc
  .tuple(deviceReadings, deviceReadings, deviceReadings)
  .map((devices) =>
    devices
      .flatMap((list, i) => {
        let seconds = 0;
        return list.map(({ temperature, gapSeconds }) => {
          seconds += gapSeconds;
          const timestamp = new Date(clock('10:00:00') + seconds * 1000).toISOString();
          return reading('10:00:00', {
            device_id: `pump-${i}`,
            site_id: i === 0 ? 'site-a' : 'site-b',
            temperature,
            timestamp,
          });
        });
      })
      .toSorted((a, b) => a.timestamp.localeCompare(b.timestamp)),
  )
  .filter((all) => all.length > 0);

/** Sizes of the groups: readings in a record, records in a batch. */
const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 6 }));

function cut<T>(items: readonly T[], size: Iterator<number>): T[][] {
  const parts: T[][] = [];
  for (let i = 0; i < items.length; i += parts.at(-1)?.length ?? 1) {
    parts.push(items.slice(i, i + Number(size.next().value)));
  }
  return parts;
}

const pack = (readings: readonly Reading[], size: Iterator<number>) =>
  cut(readings, size).flatMap((lines) => recordsOf(lines));

/** Incidents as a subscriber hears of them, ignoring repeats. */
function heard(alerts: readonly Alert[]): Alert[] {
  return [...new Map(alerts.map((alert) => [alert.notification_id, alert])).values()].toSorted((a, b) =>
    a.notification_id.localeCompare(b.notification_id),
  );
}

async function undisturbed(records: readonly KinesisStreamRecord[]): Promise<Alert[]> {
  const { detector, aws } = harness(RULES);
  expect(await detector(batch([...records]))).toEqual({ batchItemFailures: [] });
  const alerts = published(aws);
  // Every incident opens once, ends at most once, and sends nothing twice.
  expect(new Set(alerts.map(({ notification_id }) => notification_id)).size).toBe(alerts.length);
  const opened = alerts.filter(({ status }) => status === 'firing').map(({ incident_id }) => incident_id);
  expect(new Set(opened).size).toBe(opened.length);
  expect(alerts.filter(({ incident_id }) => !opened.includes(incident_id))).toEqual([]);
  return heard(alerts);
}

/** A crash of the invocation that delivers batch `delivery`, at its `call`th call of AWS. */
interface Crash {
  delivery: number;
  call: number;
  effect: 'before' | 'after';
}

const crashes = fc.array(
  fc.record({
    delivery: fc.nat(30),
    call: fc.nat(12),
    effect: fc.constantFrom<'before' | 'after'>('before', 'after'),
  }),
  { maxLength: 8 },
);

/** Delivers in order, as Lambda does: an invocation that died is repeated from its first record, cut differently. */
async function deliver(
  deliveries: readonly KinesisStreamRecord[][],
  crashesOf: readonly Crash[],
  size: Iterator<number>,
): Promise<Alert[]> {
  const aws = fakeAws();
  const { detector } = harness(RULES, aws);
  for (const [i, records] of deliveries.entries()) {
    for (const crash of crashesOf.filter(({ delivery }) => delivery === i)) {
      let calls = 0;
      aws.fault = () => {
        calls += 1;
        if (calls <= crash.call) return undefined;
        // The process is dead: what it tries after the crash never reaches AWS.
        return calls === crash.call + 1 ? crash.effect : 'before';
      };
      await detector(batch(records));
      aws.fault = () => undefined;
    }
    for (const part of cut(records, size)) {
      expect(await detector(batch(part))).toEqual({ batchItemFailures: [] });
    }
  }
  return heard(published(aws));
}

const iterate = <T>(stream: Iterable<T>) => stream[Symbol.iterator]();

describe('with random input', () => {
  it('reports the same incidents for any split, any duplication, any replay and any crash', async () => {
    await fc.assert(
      fc.asyncProperty(
        fleetReadings,
        sizes,
        crashes,
        // Repeats by the sender (new records) and by the consumer (a batch again), each reaching back some distance.
        fc.array(fc.record({ at: fc.nat(40), from: fc.nat(80), length: fc.integer({ min: 1, max: 12 }) }), {
          maxLength: 6,
        }),
        fc.array(fc.record({ after: fc.nat(30), back: fc.nat(10) }), { maxLength: 6 }),
        async (readings, stream, crashesOf, duplicates, replays) => {
          const size = iterate(stream);
          const packed = cut(readings, size);
          const withDuplicates = packed.flatMap((lines, i) => {
            const sent = packed.slice(0, i + 1).flat();
            const again = duplicates
              .filter(({ at }) => at === i)
              .map(({ from, length }) => sent.slice(from % sent.length).slice(0, length));
            return [lines, ...again];
          });
          const batches = cut(
            withDuplicates.flatMap((lines) => recordsOf(lines)),
            size,
          );
          const deliveries = batches.flatMap((one, i) => [
            one,
            ...replays
              .filter(({ after }) => after === i)
              .map(({ back }) => batches[Math.max(0, i - back)] ?? one),
          ]);

          const expected = await undisturbed(pack(readings, iterate(fc.sample(sizes, 1)[0] ?? [])));
          expect(await deliver(deliveries, crashesOf, size)).toEqual(expected);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('reports the same for readings out of order, for any split, any replay and any crash', async () => {
    const shuffled = fleetReadings.chain((readings) =>
      fc.array(fc.nat(60), { minLength: readings.length, maxLength: readings.length }).map((delays) =>
        readings
          .map((one, i) => ({ one, due: Date.parse(one.timestamp) + (delays[i] ?? 0) * 1000 }))
          .toSorted((a, b) => a.due - b.due)
          .map(({ one }) => one),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        shuffled,
        sizes,
        crashes,
        fc.array(fc.record({ after: fc.nat(30), back: fc.nat(10) }), { maxLength: 6 }),
        async (readings, stream, crashesOf, replays) => {
          const size = iterate(stream);
          const records = pack(readings, size);
          const batches = cut(records, size);
          const deliveries = batches.flatMap((one, i) => [
            one,
            ...replays
              .filter(({ after }) => after === i)
              .map(({ back }) => batches[Math.max(0, i - back)] ?? one),
          ]);
          expect(await deliver(deliveries, crashesOf, size)).toEqual(await undisturbed(records));
        },
      ),
      { numRuns: RUNS },
    );
  });
});

/** Devices whose clock goes back, forward, or begins again; and repeats, which must not be taken for that. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTimestamp, type Reading } from '../../../services/contract/reading.ts';
import { batch, clock, reading, record } from './support/batch.ts';
import { fakeAws } from './support/fake-aws.ts';
import { type Harness, harness, published, rules } from './support/harness.ts';

const HOT = 95;
const WELL = 50;

/** A device of which each reading is sent alone, at once: its clock shows `offsetMs` more than the time is. */
class Device {
  readonly #harness: Harness;
  nowMs = clock('12:00:00');
  offsetMs = 0;
  seq = 1000;

  constructor(of: Harness) {
    this.#harness = of;
  }

  make(temperature: number): Reading {
    const timestamp = formatTimestamp(this.nowMs + this.offsetMs);
    const made = reading('12:00:00', { temperature, timestamp, seq: this.seq });
    this.seq += 1;
    return made;
  }

  async deliver(...readings: Reading[]) {
    const one = record(readings, this.nowMs);
    expect(await this.#harness.detector(batch([one]))).toEqual({ batchItemFailures: [] });
    return one;
  }

  async send(temperature: number, times = 1) {
    for (let i = 0; i < times; i += 1) {
      this.nowMs += 1000;
      await this.deliver(this.make(temperature));
    }
  }
}

const told = ({ aws }: Harness) => published(aws).map(({ status }) => status);
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const HOUR = 3_600_000;

describe('a clock that is set back', () => {
  it('after an incident: the next one is told at once', async () => {
    const h = harness();
    const device = new Device(h);
    await device.send(HOT);
    await device.send(WELL);
    device.offsetMs = -HOUR;
    await device.send(HOT);
    expect(told(h)).toEqual(['firing', 'resolved', 'firing']);
    expect([h.metric('ClockSetBack'), h.metric('LateReadings')]).toEqual([[1], []]);
    const [first, , second] = published(h.aws);
    expect(second?.incident_id).not.toBe(first?.incident_id);
    expect(second?.started_at).toBe('2026-01-31T11:00:03.000Z');
  });

  it('while an incident is open: it escalates and ends, and says how long it lasted', async () => {
    const h = harness(
      rules({ severity: [{ severity: 'warning' }, { severity: 'critical', threshold: 90 }] }),
    );
    const device = new Device(h);
    await device.send(85, 60);
    device.offsetMs = -HOUR;
    await device.send(HOT);
    await device.send(WELL);
    expect(told(h)).toEqual(['firing', 'escalated', 'resolved']);
    // It began 61 seconds before its end, on either clock.
    expect(
      published(h.aws).map(({ started_at, at }) => [started_at, at].map((one) => one.slice(11, 19))),
    ).toEqual([
      ['12:00:01', '12:00:01'],
      ['11:00:01', '11:01:01'],
      ['11:00:01', '11:01:02'],
    ]);
  });

  it('by 4 minutes and 59 seconds, as NTP does after a boot: it is watched at once', async () => {
    const h = harness(rules({ evaluationPeriods: 3, datapointsToAlarm: 2 }));
    const device = new Device(h);
    device.offsetMs = 299_000;
    await device.send(HOT, 2);
    await device.send(WELL);
    device.offsetMs = 0;
    await device.send(HOT, 2);
    expect(told(h)).toEqual(['firing', 'resolved', 'firing']);
  });

  it('to the same times, as summer time that is sent as UTC: the ids differ', async () => {
    const h = harness();
    const device = new Device(h);
    await device.send(HOT);
    await device.send(WELL);
    device.offsetMs = -2000;
    await device.send(HOT);
    await device.send(WELL);
    const alerts = published(h.aws);
    expect(alerts.map(({ status, at }) => `${status} ${at.slice(11, 19)}`)).toEqual([
      'firing 12:00:01',
      'resolved 12:00:02',
      'firing 12:00:01',
      'resolved 12:00:02',
    ]);
    expect(new Set(alerts.map(({ notification_id }) => notification_id)).size).toBe(4);
  });

  it('`for` and `keepFiringFor` go on from where they were', async () => {
    const h = harness(rules({ for: '30s', keepFiringFor: '30s' }));
    const device = new Device(h);
    await device.send(HOT, 20);
    device.offsetMs = -HOUR;
    await device.send(HOT, 10);
    expect(told(h)).toEqual([]);
    await device.send(HOT);
    expect(told(h)).toEqual(['firing']);
    await device.send(WELL, 20);
    device.offsetMs = -2 * HOUR;
    await device.send(WELL, 10);
    expect(told(h)).toEqual(['firing']);
    await device.send(WELL);
    expect(told(h)).toEqual(['firing', 'resolved']);
  });

  it('to the first year: nothing fails, and it is watched', async () => {
    const h = harness(rules({ for: '5s' }));
    const device = new Device(h);
    await device.send(HOT, 3);
    device.offsetMs = Date.parse('0000-01-01T00:00:00.000Z') - device.nowMs;
    await device.send(HOT, 6);
    await device.send(WELL);
    expect(told(h)).toEqual(['firing', 'resolved']);
  });

  it('readings from before that come late, or again, are not evaluated', async () => {
    const h = harness();
    const device = new Device(h);
    await device.send(WELL);
    const before = [device.make(HOT), device.make(WELL)];
    await device.deliver(...before);
    device.offsetMs = -HOUR;
    await device.send(WELL, 3);
    await device.deliver(...before);
    await device.send(WELL, 3);
    await device.deliver(...before.toReversed());
    expect(told(h)).toEqual(['firing', 'resolved']);
    expect(sum(h.metric('LateReadings'))).toBe(4);
    expect(sum(h.metric('ClockSetBack'))).toBe(1);
  });
});

describe('the same time once more with a newer seq', () => {
  it('is the next reading: the clock is coarse', async () => {
    const h = harness(rules({ evaluationPeriods: 2 }));
    const device = new Device(h);
    await device.deliver(device.make(HOT), device.make(HOT), device.make(WELL));
    expect(told(h)).toEqual(['firing', 'resolved']);
    expect([h.metric('ClockSetBack'), h.metric('LateReadings')]).toEqual([[], []]);
  });
});

describe('a device that begins again', () => {
  it('with the right time: it is watched at once, and what comes late from before is not', async () => {
    const h = harness();
    const device = new Device(h);
    await device.send(HOT);
    await device.send(WELL);
    const before = device.make(HOT);
    device.seq = 0;
    await device.send(HOT);
    await device.deliver(before);
    await device.send(WELL);
    await device.deliver(before);
    expect(told(h)).toEqual(['firing', 'resolved', 'firing', 'resolved']);
    expect(sum(h.metric('LateReadings'))).toBe(2);
  });

  it('with seq and clock of its boot: it is watched when that has lasted for half a minute', async () => {
    const h = harness(rules({ evaluationPeriods: 3, datapointsToAlarm: 2, datapointsToClear: 3 }));
    const device = new Device(h);
    await device.send(HOT, 2);
    await device.send(WELL, 3);
    expect(told(h)).toEqual(['firing', 'resolved']);
    device.seq = 0;
    device.offsetMs = -device.nowMs;
    await device.send(HOT, 30);
    expect(told(h)).toHaveLength(2);
    await device.send(HOT, 2);
    expect(told(h)).toEqual(['firing', 'resolved', 'firing']);
    expect(sum(h.metric('ClockSetBack'))).toBe(1);
    // NTP answers at last.
    device.offsetMs = 0;
    await device.send(WELL, 3);
    expect(told(h)).toEqual(['firing', 'resolved', 'firing', 'resolved']);
  });

  it('again and again, in bursts and out of order: still', async () => {
    const h = harness();
    const device = new Device(h);
    await device.send(HOT);
    await device.send(WELL);
    for (let boot = 0; boot < 3; boot += 1) {
      device.seq = 0;
      device.offsetMs = -device.nowMs;
      for (let i = 0; i < 5; i += 1) {
        device.nowMs += 4000;
        const [a, b] = [device.make(HOT), device.make(HOT)];
        await device.deliver(b, a);
      }
    }
    expect(told(h)).toEqual(['firing', 'resolved', 'firing']);
  });

  it('a backlog that a gateway sends again is not taken for that, however long it takes', async () => {
    const h = harness();
    const device = new Device(h);
    const sent: Reading[] = [];
    for (let i = 0; i < 300; i += 1) {
      device.nowMs += 1000;
      sent.push(device.make(i % 50 === 25 ? HOT : WELL));
      await device.deliver(...sent.slice(-1));
    }
    const before = told(h);
    // Three times as fast as it was made: a minute and a half without anything new.
    for (let i = 0; i < 290; i += 3) {
      device.nowMs += 1000;
      await device.deliver(...sent.slice(i, i + 3));
    }
    expect(told(h)).toEqual(before);
    await device.send(HOT);
    expect(told(h)).toEqual([...before, 'firing']);
  });
});

/** What a device does next: how its clock jumps, and how hot it is for how many readings. */
const phase = fc.record({
  jumpMs: fc.oneof(
    fc.constant(0),
    fc.constantFrom(-HOUR, HOUR, -299_000, 299_000, -1, -86_400_000),
    fc.integer({ min: -7_200_000, max: 7_200_000 }),
  ),
  temperature: fc.constantFrom(WELL, WELL, 78, 85, HOT),
  readings: fc.integer({ min: 1, max: 12 }),
});

const EVALUATION = { evaluationPeriods: 5, datapointsToAlarm: 3, datapointsToClear: 3 };

describe('with clocks that jump both ways', () => {
  it('the incidents are those of a right clock, for any jumps, cuts, replays, repeats and late readings', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(phase, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
        // A record again, as a consumer's retry; or the lines of one again, as a producer's.
        fc.infiniteStream(fc.constantFrom('', '', '', 'replay', 'repeat', 'swap')),
        async (phases, sizes, disturbances) => {
          const size = sizes[Symbol.iterator]();
          const disturbance = disturbances[Symbol.iterator]();
          const [disturbed, right] = [harness(rules(EVALUATION)), harness(rules(EVALUATION))];
          const device = new Device(disturbed);
          const other = new Device(right);
          const made: { wrong: Reading; right: Reading; arrivedMs: number }[] = [];
          // The first breach makes the item, and the step makes the clock known as one that goes back: a repeat from
          // before can be told only if the detector has seen that.
          const known = [
            { jumpMs: 0, temperature: HOT, readings: 1 },
            { jumpMs: -1000, temperature: WELL, readings: 1 },
            { jumpMs: -1001, temperature: WELL, readings: 1 },
          ];
          for (const { jumpMs, temperature, readings } of [...known, ...phases]) {
            // A clock further ahead is skewed, and not evaluated.
            device.offsetMs = Math.min(device.offsetMs + jumpMs, 299_000);
            for (let i = 0; i < readings; i += 1) {
              device.nowMs += 1000;
              other.nowMs += 1000;
              const arrivedMs = device.nowMs;
              made.push({ wrong: device.make(temperature), right: other.make(temperature), arrivedMs });
            }
          }
          const records: { record: ReturnType<typeof record>; lines: Reading[] }[] = [];
          for (let i = 0; i < made.length; ) {
            const some = made.slice(i, i + Number(size.next().value));
            i += some.length;
            const arrivedMs = some.at(-1)?.arrivedMs ?? 0;
            await right.detector(
              batch([
                record(
                  some.map((one) => one.right),
                  arrivedMs,
                ),
              ]),
            );
            const lines = some.map(({ wrong }) => wrong);
            const one = { record: record(lines, arrivedMs), lines };
            records.push(one);
            await disturbed.detector(batch([one.record]));
            const earlier = records[Math.max(0, records.length - Number(size.next().value))] ?? one;
            const what = disturbance.next().value;
            if (what === 'replay') await disturbed.detector(batch([earlier.record, one.record]));
            if (what === 'repeat') await disturbed.detector(batch([record(earlier.lines, arrivedMs)]));
            if (what === 'swap') {
              await disturbed.detector(batch([record(earlier.lines.toReversed(), arrivedMs)]));
            }
          }
          const incidents = (of: Harness) =>
            published(of.aws).map(({ status, severity, value, peak }) => ({ status, severity, value, peak }));
          expect(incidents(disturbed)).toEqual(incidents(right));
          const ids = published(disturbed.aws).map(({ notification_id }) => notification_id);
          expect(new Set(ids).size).toBe(ids.length);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('a breach that lasts opens an incident within M of N, whatever happened before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(phase, { maxLength: 8 }), phase, async (phases, { jumpMs }) => {
        const h = harness(rules(EVALUATION));
        const device = new Device(h);
        for (const { jumpMs: jump, temperature, readings } of phases) {
          device.offsetMs = Math.min(device.offsetMs + jump, 299_000);
          await device.send(temperature, readings);
        }
        await device.send(WELL, 3);
        const before = told(h).length;
        device.offsetMs = Math.min(device.offsetMs + jumpMs, 299_000);
        await device.send(HOT, EVALUATION.datapointsToAlarm);
        expect(told(h).slice(before)).toEqual(['firing']);
      }),
      { numRuns: 60 },
    );
  });

  it('and with a seq that begins again: within half a minute more; replays tell nothing twice', async () => {
    const boot = fc.record({ offsetMs: fc.constantFrom(0, -HOUR, -86_400_000, -clock('12:00:00')), phase });
    await fc.assert(
      fc.asyncProperty(fc.array(boot, { minLength: 1, maxLength: 6 }), async (boots) => {
        const aws = fakeAws();
        const h = harness(rules(EVALUATION), aws);
        const device = new Device(h);
        const records: Awaited<ReturnType<Device['deliver']>>[] = [];
        const send = async (temperature: number, times: number) => {
          for (let i = 0; i < times; i += 1) {
            device.nowMs += 1000;
            records.push(await device.deliver(device.make(temperature)));
          }
        };
        for (const { offsetMs, phase: first } of boots) {
          device.seq = 0;
          device.offsetMs = offsetMs;
          await send(first.temperature, first.readings);
        }
        await send(WELL, 40);
        const before = told(h).length;
        device.seq = 0;
        await send(HOT, 30 + EVALUATION.datapointsToAlarm + 1);
        expect(told(h).slice(before)).toEqual(['firing']);
        const all = told(h);
        // A redrive: all of it again, in an environment of its own.
        await harness(rules(EVALUATION), aws).detector(batch(records));
        expect(told(h)).toEqual(all);
      }),
      { numRuns: 30 },
    );
  });
});

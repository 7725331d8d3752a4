/** Two invocations for the same device: Lambda starts another one when it believes that the first is dead. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batch, reading, record } from './support/batch.ts';
import { fakeAws } from './support/fake-aws.ts';
import { harness, published, rules } from './support/harness.ts';

const RULES = rules({
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  datapointsToClear: 2,
  severity: [{ severity: 'warning' }, { severity: 'critical', threshold: 90 }],
});

const temperatures = fc.array(fc.constantFrom(50, 50, 85, 95), { minLength: 4, maxLength: 12 });

describe('two invocations at once', () => {
  it('report the same incidents as one alone, in any interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(temperatures, fc.nat(12), fc.scheduler(), async (values, cutAt, scheduler) => {
        const records = values.map((temperature, i) => record([reading(`10:00:${10 + i}`, { temperature })]));
        const first = batch(records.slice(0, cutAt));
        const second = batch(records.slice(cutAt));

        const alone = harness(RULES);
        await alone.detector(batch(records));

        const aws = fakeAws();
        aws.fault = async (call) => {
          await scheduler.schedule(Promise.resolve(), call);
          return undefined;
        };
        // An invocation that is believed dead but continues; its retry; and what comes after that.
        const zombie = harness(RULES, aws).detector(first);
        const { detector } = harness(RULES, aws);
        const retry = detector(first).then(() => detector(second));
        await scheduler.waitFor(Promise.all([zombie, retry]));

        const heard = (of: typeof aws) => [
          ...new Map(published(of).map((one) => [one.notification_id, one])).values(),
        ];
        expect(new Set(heard(aws))).toEqual(new Set(heard(alone.aws)));
        const open = [...aws.items.values()].map(({ state, outbox }) => ({ state, outbox }));
        expect(open).toEqual([...alone.aws.items.values()].map(({ state, outbox }) => ({ state, outbox })));
      }),
      { numRuns: 200 },
    );
  });

  it('on the same item: one is refused, reads again, and finds nothing left to do', async () => {
    const aws = fakeAws();
    let arrived = 0;
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    // Both have read "no item" before either writes.
    aws.fault = async (call) => {
      if (call === 'Query' && arrived < 2) {
        arrived += 1;
        if (arrived === 2) open();
        await gate;
      }
      return undefined;
    };
    const records = [record([reading('10:00:00', { temperature: 91 })])];
    await Promise.all([
      harness(rules({}), aws).detector(batch(records)),
      harness(rules({}), aws).detector(batch(records)),
    ]);
    expect(new Set(published(aws).map(({ notification_id }) => notification_id)).size).toBe(1);
    expect(aws.items.size).toBe(1);
    expect(aws.items.get('site-a/pump-1#hot')).toMatchObject({ state: { S: 'firing' } });
  });

  it('with different readings of one device, from two shards: both are counted', async () => {
    const aws = fakeAws();
    const twice = rules({ evaluationPeriods: 2 });
    const other = record([reading('10:00:05', { temperature: 91 })]);
    other.eventID = other.eventID.replace('000000:', '000001:');
    let held: (() => void) | undefined;
    aws.fault = async (call) => {
      // The first write waits until the other shard's batch is done.
      if (call === 'PutItem' && held === undefined) {
        await new Promise<void>((resolve) => {
          held = resolve;
        });
      }
      return undefined;
    };
    const late = harness(twice, aws).detector(batch([other]));
    await expect.poll(() => held).toBeDefined();
    await harness(twice, aws).detector(batch([record([reading('10:00:00', { temperature: 91 })])]));
    held?.();
    await late;
    expect(published(aws).map(({ status, at }) => `${status} ${at.slice(11, 19)}`)).toEqual([
      'firing 10:00:05',
    ]);
  });
});

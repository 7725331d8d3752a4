/** A site was offline for two days, and its gateway sends what it kept: nobody is woken for what is over. */
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../services/contract/reading.ts';
import { batch, record } from './support/batch.ts';
import { fakeAws } from './support/fake-aws.ts';
import { harness, published, rules, texts } from './support/harness.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-01-31T12:00:00.000Z');
const DEFAULT = { notifyWithin: '6h' };

/** A reading made so many hours before {@link NOW}, and sent then. */
const made = (hoursAgo: number, temperature: number, more: Partial<Reading> = {}): Reading => {
  const at = NOW - hoursAgo * HOUR_MS;
  return {
    ...{ device_id: 'pump-1', site_id: 'plant-1', seq: Math.round(at / 1000), temperature },
    ...{ timestamp: new Date(at).toISOString(), timestamp_sent: '2026-01-31 12' },
    ...more,
  };
};
const [HOT, WELL] = [91, 50];

function site(changes: Record<string, unknown>[] = [DEFAULT], aws = fakeAws()) {
  const h = harness(rules(...changes), aws);
  h.nowMs = NOW;
  return {
    h,
    aws,
    send: (...readings: Reading[]) => h.detector(batch([record(readings, h.nowMs)])),
    subjects: () => aws.published.map(({ Subject }) => Subject),
    told: () => published(aws).map(({ status, at }) => `${status} ${at.slice(5, 16)}`),
  };
}

describe('what a backlog tells', () => {
  it('is one digest when the site has caught up: what is over, and what is not', async () => {
    const { send, subjects, told, aws } = site();
    await send(made(48, HOT), made(47, WELL), made(40, HOT));
    await send(made(39, WELL), made(30, HOT, { device_id: 'pump-2' }));
    expect(subjects()).toEqual([]);
    await send(made(1, WELL, { device_id: 'pump-3' }));
    expect(subjects()).toEqual(['OLD NEWS - plant-1: 3 incidents, 1 still open']);
    expect(told()).toEqual([
      'firing 01-29T12:00',
      'resolved 01-29T13:00',
      'firing 01-29T20:00',
      'resolved 01-29T21:00',
      'firing 01-30T06:00',
    ]);
    const { email, default: forPrograms } = texts(aws.published[0] ?? {});
    expect(email).toContain('While plant-1 was offline or behind: 3 incidents, 1 still open');
    expect(email).toMatch(/OPEN 2026-01-30 06:00:00 UTC +warning +hot +pump-2 \(plant-1\)\nover/);
    expect(JSON.parse(forPrograms)).toMatchObject({
      count: 5,
      alerts: [{ device_id: 'pump-2' }, {}, {}, {}, {}],
    });
    expect([...aws.items.values()].filter(({ outbox }) => outbox)).toEqual([]);

    // What is still open ends as usual.
    await send(made(0.5, WELL, { device_id: 'pump-2' }));
    expect(subjects().slice(1)).toEqual(['RESOLVED warning: hot - pump-2 (plant-1)']);
  });

  it('holds nothing up that is new, at this site or another', async () => {
    const { send, subjects } = site();
    await send(made(48, HOT));
    await send(made(0, HOT, { site_id: 'plant-2' }));
    expect(subjects()).toEqual(['FIRING warning: hot - pump-1 (plant-2)']);
    await send(made(0, HOT, { device_id: 'pump-7' }));
    expect(subjects().slice(1)).toEqual([
      'OLD NEWS - plant-1: 1 incident, still open',
      'FIRING warning: hot - pump-7 (plant-1)',
    ]);
  });

  it('joins what follows in the same incident, in its order', async () => {
    const { send, subjects, told } = site();
    await send(made(7, HOT), made(0, WELL));
    expect(subjects()).toEqual(['OLD NEWS - plant-1: 1 incident, over']);
    expect(told()).toEqual(['firing 01-31T05:00', 'resolved 01-31T12:00']);
  });

  it('is old by the rule: `notifyWithin` of one does not hold for another', async () => {
    const { send, subjects } = site([DEFAULT, { name: 'any-age', notifyWithin: '7d' }]);
    await send(made(48, HOT));
    expect(subjects()).toEqual(['FIRING warning: any-age - pump-1 (plant-1)']);
  });
});

describe('a lag that does not end', () => {
  it('is a clock that is behind: told in two minutes, in a digest', async () => {
    const { send, subjects, h } = site();
    await send(made(8, HOT));
    for (let minute = 1; minute <= 3; minute += 1) {
      h.nowMs = NOW + minute * 60_000;
      await send(made(8 - minute / 60, HOT));
      expect(subjects()).toHaveLength(minute < 2 ? 0 : 1);
    }
  });

  it('of a clock that was set back, or stands at 1970, is told at once', async () => {
    const { send, subjects } = site();
    await send(made(0, HOT));
    await send(made(20, WELL, { seq: 2e9 }));
    await send(made(24 * 365 * 50, HOT, { device_id: 'pump-2' }));
    expect(subjects()).toEqual([
      'FIRING warning: hot - pump-1 (plant-1)',
      'RESOLVED warning: hot - pump-1 (plant-1)',
      'FIRING warning: hot - pump-2 (plant-1)',
    ]);
  });
});

describe('nothing is lost or told twice', () => {
  it('when a batch is repeated, at once or by another environment', async () => {
    const aws = fakeAws();
    const first = site([DEFAULT], aws);
    const other = site([DEFAULT], aws);
    const old = [made(48, HOT), made(47, WELL)];
    const records = batch([record(old, NOW)]);
    for (const { h } of [first, other, first]) await h.detector(records);
    const last = batch([record([made(0, WELL)], NOW)]);
    for (const { h } of [other, first]) await h.detector(last);
    expect(first.subjects()).toEqual(['OLD NEWS - plant-1: 1 incident, over']);
  });

  it('when a write is lost: the batch is repeated, and tells it', async () => {
    const { send, subjects, aws } = site();
    aws.fault = (call, input) =>
      call === 'PutItem' && JSON.stringify(input).includes('#stale') ? 'before' : undefined;
    expect((await send(made(48, HOT))).batchItemFailures).toHaveLength(1);
    expect([...aws.items.values()].filter(({ outbox }) => outbox)).toHaveLength(1);
    aws.fault = () => undefined;
    await send(made(48, HOT), made(0, WELL, { device_id: 'pump-2' }));
    expect(subjects()).toEqual(['OLD NEWS - plant-1: 1 incident, still open']);
  });

  it('when the site could not be listed for the watchdog: the batch is repeated, and lists it', async () => {
    const { h, aws } = site();
    const sent = batch([record([made(48, HOT)], NOW)]);
    let failures = 1;
    aws.fault = (_, input) => {
      const { Item } = input as { Item?: { site_id?: { S?: string } } };
      return Item?.site_id?.S === '#waiting' && failures-- > 0 ? 'before' : undefined;
    };
    expect((await h.detector(sent)).batchItemFailures).toHaveLength(1);
    expect((await h.detector(sent)).batchItemFailures).toEqual([]);
    expect([...aws.items.keys()]).toContain('#waiting/plant-1');
  });

  it('when the topic refuses: it waits in its item, for the next batch', async () => {
    const { send, subjects, aws, told } = site();
    await send(made(48, HOT));
    aws.fault = (call) => (call === 'Publish' ? 'before' : undefined);
    await send(made(0, WELL, { device_id: 'pump-2' }));
    expect(subjects()).toEqual([]);
    aws.fault = () => undefined;
    await send(made(0, WELL, { device_id: 'pump-2', seq: 2e9 }));
    expect(subjects()).toEqual(['OLD NEWS - plant-1: 1 incident, still open']);
    expect(told()).toHaveLength(1);
  });

  it('when there is more than an item holds: several digests, every alert once', async () => {
    const { send, aws, told } = site();
    for (let round = 0; round < 20; round += 1) {
      await send(
        ...Array.from({ length: 40 }, (_, i) => made(48 - round, HOT, { device_id: `pump-${round}-${i}` })),
      );
    }
    await send(made(0, WELL));
    expect(told()).toHaveLength(800);
    expect(new Set(published(aws).map(({ notification_id }) => notification_id)).size).toBe(800);
    expect(aws.published.length).toBeLessThan(10);
    expect(aws.refused).toEqual([]);
  });
});

/** What people write on an open incident: the detector keeps it, and carries it out. */
import { describe, expect, it } from 'vitest';
import { BY_HAND, byHandAttribute } from '../../../services/contract/by-hand.ts';
import { batch, clock, reading, record } from './support/batch.ts';
import type { FakeAws } from './support/fake-aws.ts';
import { harness, published, rules } from './support/harness.ts';

const KEY = 'site-a/pump-1#hot';
const hot = (time: string) => reading(time, { temperature: 90 });
const well = (time: string) => reading(time, { temperature: 50 });
const send = (time: string, values = hot(time)) => batch([record([values], clock(time))]);

/** As a command does by UpdateItem. */
function write(aws: FakeAws, attribute: keyof typeof BY_HAND, comment?: string, key = KEY) {
  const item = aws.items.get(key);
  if (item === undefined) throw new Error(`No item ${key}`);
  const by = { by: 'ann', at: '2026-01-31T12:00:00.000Z', ...(comment && { comment }) };
  aws.items.set(key, {
    ...item,
    [BY_HAND[attribute]]: byHandAttribute(by),
    version: { N: String(Number(item.version?.N) + 1) },
  });
}

describe('an acknowledgement', () => {
  it('stays as long as the incident is open, and goes with it', async () => {
    const { detector, aws } = harness(rules({ datapointsToClear: 2, severity: LADDER }));
    await detector(send('10:00:00'));
    write(aws, 'acknowledged', 'I look');
    await detector(send('10:00:05', reading('10:00:05', { temperature: 97 })));
    await detector(send('10:00:10', well('10:00:10')));
    expect(aws.items.get(KEY)).toMatchObject({
      state: { S: 'recovering' },
      severity: { S: 'critical' },
      acknowledged: { M: { by: { S: 'ann' }, comment: { S: 'I look' } } },
    });
    await detector(send('10:00:15', well('10:00:15')));
    expect(aws.items.get(KEY)).not.toHaveProperty('acknowledged');
    expect(published(aws).map(({ status }) => status)).toEqual(['firing', 'escalated', 'resolved']);
  });

  it('is of one incident: the next in the same batch does not have it', async () => {
    const { detector, aws } = harness();
    await detector(send('10:00:00'));
    write(aws, 'acknowledged');
    await detector(batch([record([well('10:00:05'), hot('10:00:10')], clock('10:00:10'))]));
    expect(aws.items.get(KEY)).toMatchObject({ state: { S: 'firing' } });
    expect(aws.items.get(KEY)).not.toHaveProperty('acknowledged');
  });

  it('that is written while the detector works is not lost', async () => {
    const { detector, aws } = harness();
    await detector(send('10:00:00'));
    aws.fault = (call) => {
      if (call !== 'PutItem') return;
      aws.fault = () => undefined;
      write(aws, 'acknowledged');
    };
    await detector(send('10:00:05', reading('10:00:05', { temperature: 99 })));
    expect(aws.items.get(KEY)).toMatchObject({
      peak: { N: '99' },
      acknowledged: { M: { by: { S: 'ann' } } },
    });
  });
});

const LADDER = [{ severity: 'warning' }, { severity: 'critical', threshold: 95 }];

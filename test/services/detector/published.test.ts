import { expect, it } from 'vitest';
import type { Alert } from '../../../services/contract/alert.ts';
import { newItem } from '../../../services/detector/fold.ts';
import { Published } from '../../../services/detector/published.ts';

const item = (device: string, ...ids: string[]) => ({
  ...newItem('site-a', device, 'hot'),
  outbox: ids.map((notification_id) => ({ notification_id }) as Alert),
});

it('remembers what is to be marked until it is, and nothing that is in no outbox', () => {
  const published = new Published();
  const items = [item('a', '1', '2'), item('b', '3')];
  published.add(['1', '2', '3', 'was put aside'], items);
  expect([...published.ids]).toEqual(['1', '2', '3']);
  published.marked(item('a', '1', '2'));
  expect([...published.ids]).toEqual(['3']);
});

it('forgets the oldest of those that somebody else has marked, and none before all others are', () => {
  const published = new Published(2);
  const unmarked = item('a', '1', '2', '3', '4');
  published.add(['1', '2', '3', '4'], [unmarked]);
  expect(published.ids.size).toBe(4);
  published.forgetOldest();
  expect([...published.ids]).toEqual(['3', '4']);
});

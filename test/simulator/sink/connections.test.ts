import { expect, it } from 'vitest';
import { reuseConnections } from '../../../simulator/sink/connections.ts';
import type { PutResult } from '../../../simulator/sink/put-records.ts';

const ACKED: PutResult = { outcome: 'acked', sequenceNumber: '1', shardId: 's' };
const GONE: PutResult = { outcome: 'unreachable', reason: 'no answer' };

/** Connections that answer when they are told to, by number. */
function world() {
  const answer: ((result: PutResult) => void)[] = [];
  const calls: number[] = [];
  const closed: number[] = [];
  let opened = 0;
  const all = reuseConnections(() => {
    const number = opened++;
    return {
      put: () => {
        calls.push(number);
        return new Promise((resolve) => answer.push((result) => resolve([result])));
      },
      close: () => void closed.push(number),
    };
  });
  return { all, answer, calls, closed };
}

it('one connection takes one call at a time, and the next call after its answer', async () => {
  const { all, answer, calls } = world();
  const first = all.put([]);
  const second = all.put([]);
  answer[0]?.(ACKED);
  await first;
  const third = all.put([]);
  answer[1]?.(ACKED);
  answer[2]?.(ACKED);
  await Promise.all([second, third]);
  expect(calls).toEqual([0, 1, 0]);
});

it('a connection that does not answer is closed, and another one opened; the others at the end', async () => {
  const { all, answer, calls, closed } = world();
  const first = all.put([]);
  answer[0]?.(GONE);
  expect(await first).toEqual([GONE]);
  expect(closed).toEqual([0]);
  const second = all.put([]);
  answer[1]?.(ACKED);
  await second;
  expect(calls).toEqual([0, 1]);
  all.close();
  expect(closed).toEqual([0, 1]);
});

import { expect, it } from 'vitest';
import { Throttle } from '../../../../infra/emulator/apigateway/throttle.ts';

it('lets a burst through, then so many a second, and counts each by itself', () => {
  let nowMs = 0;
  const throttle = new Throttle({ perSecond: 2, burst: 3 }, { elapsed: () => nowMs });
  const take = (who: string, times: number) => Array.from({ length: times }, () => throttle.take(who));
  expect(take('a', 4)).toEqual([true, true, true, false]);
  expect(take('b', 1)).toEqual([true]);
  nowMs = 1000;
  expect(take('a', 3)).toEqual([true, true, false]);
  nowMs = 60_000;
  expect(take('a', 4)).toEqual([true, true, true, false]);
});

it('without a rate lets everything through', () => {
  const throttle = new Throttle({}, { elapsed: () => 0 });
  expect([throttle.take('a'), throttle.take('a')]).toEqual([true, true]);
});

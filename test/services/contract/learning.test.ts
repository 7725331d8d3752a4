import { expect, it } from 'vitest';
import { learntOf } from '../../../services/contract/learning.ts';
import { toModelItem } from '../../../services/detector/model-item.ts';

const usual = (n: number) => ({ n, mean: 50, fast: 0, power: 1, peak: 0 });

it('how far a device is learnt is read from what the detector writes', () => {
  const lookedAt = 1_769_851_200_000;
  const devices = new Map([
    ['dev-1', { lookedAt, metrics: new Map([['cpu', usual(144)] as const]) }],
    ['dev-2', { lookedAt, metrics: new Map([['cpu', usual(7)] as const, ['ram', usual(9)] as const]) }],
    ['dev-3', { lookedAt, metrics: new Map() }],
  ]);
  const item = toModelItem('north', { number: 0, version: 1, devices }, 0);
  const read = (device: string) => learntOf(item as Parameters<typeof learntOf>[0], device);
  expect(read('dev-1')).toEqual([{ metric: 'cpu', values: 144 }]);
  expect(read('dev-2')).toEqual([
    { metric: 'cpu', values: 7 },
    { metric: 'ram', values: 9 },
  ]);
  expect(read('dev-3')).toEqual([]);
  expect(read('dev-4')).toBeUndefined();
  expect(learntOf({}, 'dev-1')).toBeUndefined();
});

import { expect, it } from 'vitest';
import { unpack } from '../../../../infra/emulator/firehose/unpack.ts';
import { AGGREGATED_BY_AWS } from '../../../support/aggregated.ts';

const passed = { shard: 's', records: 1, lines: 5 };
const record = (data: Uint8Array) => ({ data, arrivalMs: 7, sequenceNumber: '49', passed });

it('takes an aggregated record apart, each part with the number of its first line', () => {
  const parts = unpack(record(AGGREGATED_BY_AWS));
  expect(parts.map(({ number, data }) => [number, Buffer.from(data).toString()])).toEqual([
    [0, 'one\n'],
    [1, 'two\nthree'],
    [3, ''],
    [4, 'four'],
  ]);
  for (const part of parts) expect(part).toMatchObject({ arrivalMs: 7, sequenceNumber: '49', passed });
});

it('leaves any other record as it is', () => {
  const plain = record(Buffer.from('one\ntwo'));
  expect(unpack(plain)).toEqual([plain]);
});

/** The emulator and the detector take the same records apart, each by itself: neither may import the other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as emulator from '../../../../../infra/emulator/kinesis/log/aggregated.ts';
import { countLines } from '../../../../../infra/emulator/kinesis/log/counts.ts';
import * as detector from '../../../../../services/detector/aggregated.ts';
import { AGGREGATED_BY_AWS, aggregate, framed, PACKED_BY_AWS } from '../../../../support/aggregated.ts';

type UserRecords = { partitionKey: string; data: Uint8Array }[] | undefined;
const plain = (records: UserRecords) =>
  records?.map(({ partitionKey, data }) => [partitionKey, Buffer.from(data).toString()]);

describe.each([
  ['the emulator', (bytes: Uint8Array) => plain(emulator.userRecordsOf(bytes))],
  [
    'the detector',
    (bytes: Uint8Array) => plain(detector.userRecordsOf(Buffer.from(bytes).toString('base64'))),
  ],
])('an aggregated record in %s', (_, userRecordsOf) => {
  it('is what its producer has packed', () => {
    expect(userRecordsOf(AGGREGATED_BY_AWS)).toEqual(PACKED_BY_AWS);
    const long = [['site-a', 'x'.repeat(70_000)]] as const;
    expect(userRecordsOf(aggregate(long))).toEqual(long);
    expect(userRecordsOf(framed(Buffer.alloc(0)))).toEqual([]);
  });

  it('is an ordinary record where its checksum is wrong or its end is missing', () => {
    for (let length = 0; length < AGGREGATED_BY_AWS.length; length += 1) {
      expect(userRecordsOf(AGGREGATED_BY_AWS.subarray(0, length))).toBeUndefined();
    }
    const changed = Buffer.from(AGGREGATED_BY_AWS);
    changed[40] = 0;
    expect(userRecordsOf(changed)).toBeUndefined();
  });

  it.each([
    ['a key that it does not have', Buffer.of(0x1a, 5, 8, 1, 0x1a, 1, 0x78)],
    ['no key', Buffer.of(0x1a, 3, 0x1a, 1, 0x78)],
    ['no data', Buffer.of(0x0a, 1, 0x61, 0x1a, 2, 8, 0)],
    ['a field that is longer than the record', Buffer.of(0x0a, 9, 0x61)],
    ['a number without an end', Buffer.of(0x0a, 0xff)],
    ['a field of a type that does not exist', Buffer.of(0x0f, 1)],
  ])('is an ordinary record with %s', (_, message) => {
    expect(userRecordsOf(framed(message))).toBeUndefined();
  });

  it('passes over fields that these records do not have yet', () => {
    const more = Buffer.of(0x38, 0xac, 2, 0x39, 1, 2, 3, 4, 5, 6, 7, 8, 0x3d, 1, 2, 3, 4);
    const message = Buffer.concat([more, AGGREGATED_BY_AWS.subarray(4, -16), more]);
    expect(userRecordsOf(framed(message))).toEqual(PACKED_BY_AWS);
  });

  it('makes nothing fail, whatever is in it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (message) => {
        userRecordsOf(framed(message));
      }),
    );
  });
});

it('has the lines of what was packed', () => {
  expect(countLines(AGGREGATED_BY_AWS)).toBe(1 + 2 + 1 + 1);
  expect(countLines(Buffer.from('\u00f3one\ntwo'))).toBe(2);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evenRanges,
  HASH_KEYS,
  type HashRange,
  hashKeyOf,
} from '../../../../../infra/emulator/kinesis/stream/hash.ts';
import { formatIterator, parseIterator } from '../../../../../infra/emulator/kinesis/stream/iterator.ts';
import { PER_SECOND, ReadMeter, WriteMeter } from '../../../../../infra/emulator/kinesis/stream/limits.ts';
import { shardsFor } from '../../../../../infra/emulator/kinesis/stream/on-demand.ts';
import { stepsTo } from '../../../../../infra/emulator/kinesis/stream/reshard.ts';
import {
  endOf,
  parseSequence,
  sequenceNumber,
  startOf,
} from '../../../../../infra/emulator/kinesis/stream/sequence.ts';

describe('sequence numbers', () => {
  const secs = fc.integer({ min: 1_500_000_000, max: 2_600_000_000 });
  const sequence = fc.record({
    createdSecs: secs,
    shardIx: fc.integer({ min: 0, max: 10_000 }),
    index: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    arrivalSecs: secs,
  });

  it('say what went into them, in the 56 digits of AWS', () => {
    fc.assert(
      fc.property(sequence, (one) => {
        const number = sequenceNumber(one);
        expect(number).toMatch(/^49\d{54}$/);
        expect(parseSequence(number)).toEqual({
          ...one,
          arrivalSecs: Math.max(one.arrivalSecs, one.createdSecs),
        });
      }),
    );
  });

  it('rise with the index whatever the clock does, between the start and the end of the shard', () => {
    fc.assert(
      fc.property(sequence, secs, (one, arrivalSecs) => {
        const { createdSecs, shardIx } = one;
        const numbers = [
          startOf(createdSecs, shardIx),
          sequenceNumber({ ...one, index: one.index - 1 || 1 }),
          sequenceNumber({ ...one, index: one.index + 1, arrivalSecs }),
          endOf(createdSecs, shardIx, createdSecs),
        ].map(BigInt);
        expect(numbers.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(numbers);
      }),
    );
  });

  it('of a child are higher than all of its parent', () => {
    const parent = endOf(2_000_000_000, 7, 2_000_000_500);
    expect(BigInt(startOf(2_000_000_001, 0))).toBeGreaterThan(BigInt(parent));
  });

  it.each(['0', '5', 'x', '', '1'.repeat(56), `4${'9'.repeat(60)}`])('are not %s', (text) => {
    expect(parseSequence(text)).toBeUndefined();
  });
});

describe('hash keys', () => {
  it('are the MD5 of the partition key', () => {
    expect(hashKeyOf('a')).toBe(0x0cc175b9c0f1b6a831c399e269772661n);
  });

  const count = fc.integer({ min: 1, max: 60 });
  const covers = (ranges: readonly HashRange[]) => {
    let next = 0n;
    for (const { start, end } of ranges) {
      expect(start).toBe(next);
      next = end + 1n;
    }
    expect(next).toBe(HASH_KEYS);
  };

  it('are all in one range each', () => {
    fc.assert(fc.property(count, (shards) => covers(evenRanges(shards))));
  });

  it('are resharded by splits and merges from any number of shards to any other', () => {
    fc.assert(
      fc.property(count, count, (from, to) => {
        let ranges = evenRanges(from);
        for (const step of stepsTo(to, ranges)) {
          const [old, made] =
            step.kind === 'split'
              ? [
                  [step.range],
                  [
                    { start: step.range.start, end: step.at - 1n },
                    { start: step.at, end: step.range.end },
                  ],
                ]
              : [[step.left, step.right], [{ start: step.left.start, end: step.right.end }]];
          const isOld = (range: HashRange) =>
            old.some(({ start, end }) => range.start === start && range.end === end);
          expect(ranges.filter(isOld)).toHaveLength(old.length);
          ranges = [...ranges.filter((range) => !isOld(range)), ...made].toSorted((a, b) =>
            a.start < b.start ? -1 : 1,
          );
        }
        expect(ranges).toEqual(evenRanges(to));
      }),
    );
  });

  it('need one step for each shard when these are doubled or halved', () => {
    expect(stepsTo(8, evenRanges(4)).map(({ kind }) => kind)).toEqual(Array(4).fill('split'));
    expect(stepsTo(4, evenRanges(8)).map(({ kind }) => kind)).toEqual(Array(4).fill('merge'));
    expect(stepsTo(4, evenRanges(4))).toEqual([]);
  });
});

describe('the meters of a shard', () => {
  it('take 1 MB and 1,000 records in a second, and again in the next', () => {
    const meter = new WriteMeter(0);
    expect(meter.take(PER_SECOND.bytesIn, 0)).toBe(true);
    expect(meter.take(1, 0)).toBe(false);
    expect(meter.take(PER_SECOND.bytesIn / 2, 500)).toBe(true);
    const small = new WriteMeter(0);
    const taken = Array.from({ length: 1500 }, () => small.take(10, 0)).filter(Boolean);
    expect(taken).toHaveLength(1000);
    expect(small.take(10, 1)).toBe(true);
  });

  it('take a record of 10 MB with a whole second, and then nothing until it is paid', () => {
    const meter = new WriteMeter(0);
    expect(meter.take(10 * PER_SECOND.bytesIn, 0)).toBe(true);
    expect(meter.take(1, 9_000)).toBe(false);
    expect(meter.take(1, 11_000)).toBe(true);
  });

  it('let five calls a second read, and stop for five seconds after 10 MB', () => {
    const meter = new ReadMeter(0);
    expect([1, 2, 3, 4, 5, 6].map(() => meter.takeCall(0))).toEqual([true, true, true, true, true, false]);
    expect(meter.takeCall(200)).toBe(true);
    meter.took(5 * PER_SECOND.bytesOut);
    expect(meter.takeCall(5_000)).toBe(false);
    expect(meter.takeCall(5_300)).toBe(true);
  });
});

describe('an on-demand stream', () => {
  const mb = (bytesPerSecond: number) => ({
    bytesPerSecond: bytesPerSecond * PER_SECOND.bytesIn,
    recordsPerSecond: 0,
  });

  it('has twice the shards that its rate needs, at most doubles, and never shrinks', () => {
    expect(shardsFor(mb(1), 4)).toBe(4);
    expect(shardsFor(mb(3), 4)).toBe(6);
    expect(shardsFor(mb(30), 4)).toBe(8);
    expect(shardsFor(mb(0), 8)).toBe(8);
    expect(shardsFor({ bytesPerSecond: 0, recordsPerSecond: 3_500 }, 4)).toBe(7);
    expect(shardsFor(mb(1_000), 150)).toBe(200);
  });
});

describe('a shard iterator', () => {
  const iterator = {
    stream: 's'.repeat(128),
    streamCreatedMs: 1e12,
    shardIx: 3,
    index: 2 ** 52,
    issuedMs: 1e12,
  };

  it('comes back as it was, in no more characters than AWS allows', () => {
    const text = formatIterator(iterator);
    expect(parseIterator(text)).toEqual(iterator);
    expect(text.length).toBeLessThanOrEqual(512);
  });

  it('is nothing else, and not changed', () => {
    const text = formatIterator(iterator);
    for (const other of [
      '',
      'x',
      text.slice(4),
      `${text.slice(0, 20)}A${text.slice(21)}`,
      Buffer.from('[]').toString('base64'),
    ]) {
      expect(parseIterator(other)).toBeUndefined();
    }
  });
});

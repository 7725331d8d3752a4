/** Hash keys, which decide on the shard of a record: numbers of 128 bits. */
import { hash } from 'node:crypto';

export interface HashRange {
  start: bigint;
  /** The last one. */
  end: bigint;
}

export const HASH_KEYS = 2n ** 128n;

export function hashKeyOf(partitionKey: string): bigint {
  return BigInt(`0x${hash('md5', partitionKey)}`);
}

export const includes = ({ start, end }: HashRange, key: bigint): boolean => start <= key && key <= end;

/** All hash keys, shared evenly. */
export function evenRanges(count: number): HashRange[] {
  const share = HASH_KEYS / BigInt(count);
  return Array.from({ length: count }, (_, i) => ({
    start: share * BigInt(i),
    end: (i === count - 1 ? HASH_KEYS : share * BigInt(i + 1)) - 1n,
  }));
}

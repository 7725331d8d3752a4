/**
 * Sequence numbers. AWS promises only that they rise; these have the form of AWS' own, from the highest digits down: when
 * the shard began, the place in it, when the record arrived, which shard, and the form's version.
 */

export interface Sequence {
  /** When the shard began, in s since the epoch. A child's is higher than its parents', so all its numbers are. */
  createdSecs: number;
  shardIx: number;
  index: number;
  /** When the record arrived, in s since the epoch. */
  arrivalSecs: number;
}

const VERSION = 2n;
const FIELDS = [
  ['form', 4],
  ['createdSecs', 36],
  ['shardDigit', 4],
  ['index', 64],
  ['zero', 8],
  ['arrivalSecs', 36],
  ['shardIx', 32],
  ['version', 4],
] as const;
type Field = (typeof FIELDS)[number][0];

/** Of the end of a shard: above that of all its records. */
const LAST_INDEX = 0x7fff_ffff_ffff_ffffn;
/** The first record's; a shard's own starting number has the one before. */
export const FIRST_INDEX = 1;

export function sequenceNumber({ createdSecs, shardIx, index, arrivalSecs }: Sequence): string {
  return assemble(createdSecs, shardIx, BigInt(index), arrivalSecs);
}

export const startOf = (createdSecs: number, shardIx: number): string =>
  assemble(createdSecs, shardIx, 0n, createdSecs);

export const endOf = (createdSecs: number, shardIx: number, closedSecs: number): string =>
  assemble(createdSecs, shardIx, LAST_INDEX, closedSecs);

function assemble(createdSecs: number, shardIx: number, index: bigint, secs: number): string {
  const head = (((2n << 36n) | BigInt(createdSecs)) << 4n) | BigInt(shardIx & 0xf);
  const tail = (((BigInt(Math.max(secs, createdSecs)) << 32n) | BigInt(shardIx)) << 4n) | VERSION;
  return ((((head << 64n) | index) << 80n) | tail).toString();
}

/** Undefined for anything else. */
export function parseSequence(text: string): Sequence | undefined {
  if (!/^[1-9]\d{0,128}$/.test(text)) return undefined;
  let rest = BigInt(text);
  const values: Partial<Record<Field, bigint>> = {};
  for (const [name, bits] of FIELDS.toReversed()) {
    values[name] = rest & ((1n << BigInt(bits)) - 1n);
    rest >>= BigInt(bits);
  }
  const { form, createdSecs = 0n, index = 0n, arrivalSecs = 0n, shardIx = 0n, version } = values;
  if (rest !== 0n || form !== 2n || version !== VERSION || index > LAST_INDEX) return undefined;
  const numbers = { createdSecs, shardIx, index, arrivalSecs };
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])) as Record<
    keyof typeof numbers,
    number
  >;
}

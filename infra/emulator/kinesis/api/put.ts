/** What PutRecord and PutRecords have in common. */
import { AwsError } from '../../wire/aws-error.ts';
import { HASH_KEYS } from '../stream/hash.ts';
import type { Placed, Stream } from '../stream/stream.ts';
import type { PutFigures } from './operation.ts';
import { invalid, invalidRequest } from './refusals.ts';

/** @throws AwsError */
export function hashKeyIn(explicit: string | undefined): bigint | undefined {
  if (explicit === undefined) return undefined;
  const key = BigInt(explicit);
  if (key < HASH_KEYS) return key;
  throw invalid(
    `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${explicit}`,
  );
}

/** @throws AwsError */
export function refuseFull(why: string | undefined): void {
  if (why !== undefined) throw new AwsError('ServiceUnavailable', why, 503);
}

/** @throws AwsError for data that is larger than the stream takes */
export function refuseLarge(
  { state }: Stream,
  all: readonly Uint8Array[],
  pathOf: (i: number) => string,
): void {
  const most = state.recordKiB * 1024;
  const i = all.findIndex(({ length }) => length > most);
  if (i < 0) return;
  const { length } = all[i] ?? [];
  throw invalidRequest(
    `1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=${length} cap=${length}]' at '${pathOf(i)}' failed to satisfy constraint: Member must have length less than or equal to ${most}`,
  );
}

/** @param data of the records, in their order */
export function figuresOf(
  stream: string,
  data: readonly Uint8Array[],
  placed: readonly Placed[],
): PutFigures {
  const accepted = data.filter((_, i) => !('refused' in (placed[i] ?? { refused: true })));
  return {
    stream,
    accepted: accepted.length,
    bytes: accepted.reduce((sum, { length }) => sum + length, 0),
    throttled: placed.filter((one) => 'refused' in one && one.refused === 'throttled').length,
  };
}

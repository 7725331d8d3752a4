/** Records in which the Kinesis Producer Library has packed many. */
import { createHash } from 'node:crypto';

/** Made by AWS' own `aws-kinesis-agg` 1.2.3 for Python; see {@link PACKED_BY_AWS}. */
export const AGGREGATED_BY_AWS = Buffer.from(
  'f3899ac20a06736974652d610a06736974652d620a0e23696d706f72742f736974652d61120231371a0808001a046f6e650a1a0f080110001a' +
    '0974776f0a74687265651a0408001a001a0808021a04666f757251df2ea145df06d4c75d367bbc8607aa',
  'hex',
);
/** What it was given, the second with a hash key of its own. */
export const PACKED_BY_AWS = [
  ['site-a', 'one\n'],
  ['site-b', 'two\nthree'],
  ['site-a', ''],
  ['#import/site-a', 'four'],
] as const;

export const aggregate = (records: readonly (readonly [key: string, data: string])[]): Buffer => {
  const keys = [...new Set(records.map(([key]) => key))];
  return framed(
    Buffer.concat([
      ...keys.map((key) => field(1, Buffer.from(key))),
      ...records.map(([key, data]) =>
        field(3, Buffer.concat([Buffer.of(8, keys.indexOf(key)), field(3, Buffer.from(data))])),
      ),
    ]),
  );
};

/** A message between what marks it and its checksum. */
export const framed = (message: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(0xf3, 0x89, 0x9a, 0xc2), message, createHash('md5').update(message).digest()]);

const field = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.of(number * 8 + 2), varint(bytes.length), bytes]);

function varint(value: number): Buffer {
  const low = value % 128;
  return value < 128 ? Buffer.of(low) : Buffer.concat([Buffer.of(low + 128), varint((value - low) / 128)]);
}

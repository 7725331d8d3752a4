/**
 * A record in which the Kinesis Producer Library has packed many.
 * https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
import { createHash } from 'node:crypto';

/** What the producer's caller had put. */
export interface UserRecord {
  partitionKey: string;
  data: Uint8Array;
}

const MAGIC = Buffer.of(0xf3, 0x89, 0x9a, 0xc2);
const DIGEST_BYTES = 16;
const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];
const FIXED_BYTES = new Map([
  [FIXED64, 8],
  [FIXED32, 4],
]);
/** Fields of an aggregated record, and of a record in it. */
const [KEYS, RECORDS] = [1, 3];
const [KEY_INDEX, DATA] = [1, 3];

/** Undefined for any other record, also for one whose checksum is wrong: AWS' libraries give both on as they are. */
export function userRecordsOf(record: Uint8Array): UserRecord[] | undefined {
  if (record[0] !== MAGIC[0] || record.length < MAGIC.length + DIGEST_BYTES) return undefined;
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  const message = bytes.subarray(MAGIC.length, -DIGEST_BYTES);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const digest = createHash('md5').update(message).digest();
  if (!digest.equals(bytes.subarray(-DIGEST_BYTES))) return undefined;
  try {
    return readMessage(message);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What was put of a record: its own bytes where nothing is packed in it. */
export const dataIn = (record: Uint8Array): Uint8Array[] =>
  userRecordsOf(record)?.map(({ data }) => data) ?? [record];

/** @throws RangeError for what is no such message */
function readMessage(message: Buffer): UserRecord[] {
  const keys: string[] = [];
  const packed: { keyIndex: number; data: Buffer }[] = [];
  for (const [field, value] of fieldsOf(message)) {
    if (field === KEYS && typeof value !== 'number') keys.push(value.toString());
    if (field === RECORDS && typeof value !== 'number') packed.push(readRecord(value));
  }
  return packed.map(({ keyIndex, data }) => {
    const partitionKey = keys[keyIndex];
    if (partitionKey === undefined) throw new RangeError(`No partition key ${keyIndex}`);
    return { partitionKey, data };
  });
}

function readRecord(message: Buffer): { keyIndex: number; data: Buffer } {
  let keyIndex: number | undefined;
  let data: Buffer | undefined;
  for (const [field, value] of fieldsOf(message)) {
    if (field === KEY_INDEX && typeof value === 'number') keyIndex = value;
    if (field === DATA && typeof value !== 'number') data = value;
  }
  if (keyIndex === undefined || data === undefined) throw new RangeError('A record without key or data');
  return { keyIndex, data };
}

/** Numbers and bytes; other fields, which these messages do not have, are passed over. */
function* fieldsOf(message: Buffer): Generator<[field: number, value: number | Buffer]> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at);
      at += 1;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === VARINT) {
      yield [field, varint()];
      continue;
    }
    const length = type === BYTES ? varint() : FIXED_BYTES.get(type);
    if (length === undefined || at + length > message.length) throw new RangeError(`A field of type ${type}`);
    if (type === BYTES) yield [field, message.subarray(at, at + length)];
    at += length;
  }
}

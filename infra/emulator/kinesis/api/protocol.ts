/** Bodies in the two protocols of Kinesis: JSON, and CBOR of the clients for Java. */
import { cbor, tag, tagSymbol } from '@smithy/core/cbor';
import { AwsError } from '../../wire/aws-error.ts';
import { type AwsRequest, parseJsonBody } from '../../wire/aws-request.ts';
import { protocolOf } from '../../wire/error-response.ts';
import { parsePlainJson } from './plain-json.ts';

export interface BodyProtocol {
  contentType: string;
  /** May put something else into the body's memory. */
  decode(request: Pick<AwsRequest, 'operation' | 'body'>): unknown;
  /** Of an answer, in which bytes are `Uint8Array` and times `Date`. */
  encode(answer: object): string | Buffer;
}

/** Whose bodies are large. */
const PUTS = new Set(['PutRecord', 'PutRecords']);

const JSON_PROTOCOL: BodyProtocol = {
  contentType: 'application/x-amz-json-1.1',
  decode: (request) =>
    (PUTS.has(request.operation) && parsePlainJson(request.body)) || parseJsonBody(request),
  encode: (answer) => JSON.stringify(mapValues(answer, FOR_JSON)),
};
const CBOR_PROTOCOL: BodyProtocol = {
  contentType: 'application/x-amz-cbor-1.1',
  decode: decodeCbor,
  encode: (answer) => Buffer.from(cbor.serialize(mapValues(answer, FOR_CBOR))),
};

export const bodyProtocolOf = (request: AwsRequest): BodyProtocol =>
  protocolOf(request) === 'cbor' ? CBOR_PROTOCOL : JSON_PROTOCOL;

interface Writers {
  bytes(value: Uint8Array): unknown;
  time(value: Date): unknown;
}
const FOR_JSON: Writers = {
  bytes: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'),
  time: (value) => value.getTime() / 1000,
};
const FOR_CBOR: Writers = {
  bytes: (value) => value,
  // Clients take the number in this tag for milliseconds, although CBOR means seconds.
  time: (value) => tag({ tag: TIME_TAG, value: value.getTime() }),
};
const TIME_TAG = 1;

function mapValues(value: unknown, writers: Writers): unknown {
  if (value instanceof Uint8Array) return writers.bytes(value);
  if (value instanceof Date) return writers.time(value);
  if (Array.isArray(value)) return value.map((item) => mapValues(item, writers));
  if (typeof value !== 'object' || value === null) return value;
  const mapped: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) mapped[key] = mapValues(item, writers);
  }
  return mapped;
}

/** @throws AwsError */
function decodeCbor({ body }: Pick<AwsRequest, 'body'>): unknown {
  if (body.length === 0) return {};
  try {
    return timesIn(cbor.deserialize(body));
  } catch (cause) {
    throw new AwsError('SerializationException', `Expected a CBOR body: ${(cause as Error).message}`);
  }
}

/** Tagged numbers become dates. */
function timesIn(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(timesIn);
  if (tagSymbol in value) {
    return new Date(Number('value' in value ? value.value : Number.NaN));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, timesIn(item)]));
}

/** The Kinesis API: kinesalite, with requests translated that it does not understand. */
import { createDecipheriv } from 'node:crypto';
import { own } from '../base/own.ts';
import { arnOf } from '../stack/identities.ts';
import type { Need } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsRequest } from '../wire/aws-request.ts';
import type { AwsService } from '../wire/gateway.ts';
import { unknownOperation } from '../wire/json-operation.ts';
import { expectProtocol } from '../wire/protocols.ts';
import { ACCESS } from './access.ts';
import { positionAt } from './at-timestamp.ts';
import { cbor, db, type Store } from './kinesalite.ts';
import { textsOf } from './texts.ts';

type Body = Record<string, unknown>;

const OPERATIONS = Object.keys(ACCESS);
const GROWING = ['PutRecord', 'PutRecords'];
/** Requests that are always parsed. Others may carry megabytes, and are parsed only if they name an ARN. */
const LOOKED_INTO = ['GetShardIterator', 'ListShards'];
const STREAM_ARN = /^arn:aws[^:]*:kinesis:[^:]*:\d{12}:stream\/(\S+)$/;

/** @param whyFull why no more can be taken now; undefined while there is room */
export function kinesisApi(store: Store, next: AwsService, whyFull: () => string | undefined): AwsService {
  return async (request, response) => {
    expectProtocol(request, ['json', 'cbor']);
    const { operation } = request;
    if (!OPERATIONS.includes(operation)) {
      throw unknownOperation('Kinesis', OPERATIONS, operation, 'UnknownOperationException');
    }
    const full = GROWING.includes(operation) ? whyFull() : undefined;
    if (full !== undefined) throw new AwsError('ServiceUnavailable', full, 503);
    const namesArn = request.body.includes('StreamARN');
    if (!namesArn && !LOOKED_INTO.includes(operation)) return next(request, response);
    const body = decode(request);
    // kinesalite itself explains best what is wrong with it.
    if (body === undefined) return next(request, response);
    const translated = await translate(store, operation, byName(body));
    return next(withBody(request, translated), response);
  };
}

export function kinesisNeeds(request: AwsRequest): readonly Need[] | undefined {
  const needs = own(ACCESS, request.operation);
  if (!needs) return undefined;
  const texts = textsOf(request);
  return needs({ ...texts, ofIterator: streamOfIterator(texts.ShardIterator) });
}

async function translate(store: Store, operation: string, body: Body): Promise<Body> {
  if (operation === 'ListShards' && body.NextToken != null && body.StreamName == null) {
    throw new AwsError(
      'InvalidArgumentException',
      'ListShards gives no NextToken here: it lists all at once',
    );
  }
  if (operation !== 'GetShardIterator' || body.ShardIteratorType !== 'AT_TIMESTAMP') return body;
  const { StreamName, ShardId } = body;
  // CBOR has its own type for dates, in which AWS' clients write milliseconds instead of seconds.
  const Timestamp = body.Timestamp instanceof Date ? body.Timestamp.getTime() / 1_000_000 : body.Timestamp;
  const asked = { ...body, Timestamp };
  if (typeof StreamName !== 'string' || typeof ShardId !== 'string' || typeof Timestamp !== 'number')
    return asked;
  if (Timestamp * 1000 > Date.now()) return asked;
  const position = await positionAt(store, StreamName, ShardId, Timestamp);
  return position ? { ...body, Timestamp: undefined, ...position } : asked;
}

/** Replaces the ARN of a stream by its name. @throws AwsError */
function byName({ StreamARN: arn, ...body }: Body): Body {
  if (typeof arn !== 'string') return body;
  const name = STREAM_ARN.exec(arn)?.[1];
  if (name === undefined) {
    const text = `1 validation error detected: Value '${arn}' at 'streamARN' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+`;
    throw new AwsError('ValidationException', text);
  }
  const own = arnOf('kinesis', `stream/${name}`);
  if (arn !== own) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Stream ${arn} not found. One of this name would be ${own}.`,
    );
  }
  const meant = body.StreamName ?? streamOfIterator(body.ShardIterator) ?? name;
  if (meant !== name) {
    const text = `StreamARN and the rest of the request name different streams: ${name} and ${String(meant)}`;
    throw new AwsError('InvalidArgumentException', text);
  }
  // An iterator or a token already names the stream.
  const named = 'ShardIterator' in body || 'NextToken' in body;
  return named ? body : { ...body, StreamName: name };
}

/** Undefined for anything but an iterator, which kinesalite refuses. */
function streamOfIterator(iterator: unknown): string | undefined {
  if (typeof iterator !== 'string') return undefined;
  try {
    const decipher = createDecipheriv('aes-256-cbc', db.ITERATOR_PWD_KEY, db.ITERATOR_PWD_IV);
    const sealed = Buffer.from(iterator, 'base64').subarray(8);
    return Buffer.concat([decipher.update(sealed), decipher.final()])
      .toString()
      .split('/')[1];
  } catch {
    return undefined;
  }
}

const isCbor = ({ headers }: AwsRequest) =>
  headers['content-type']?.startsWith('application/x-amz-cbor') ?? false;

/** Undefined for a body that is not an object. */
function decode(request: AwsRequest): Body | undefined {
  try {
    const value: unknown = isCbor(request)
      ? cbor.Decoder.decodeFirstSync(request.body)
      : JSON.parse(request.body.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function withBody(request: AwsRequest, value: Body): AwsRequest {
  const body = isCbor(request)
    ? cbor.Encoder.encodeOne(value, { highWaterMark: 2 * request.body.length + 1024 })
    : Buffer.from(JSON.stringify(value));
  return { ...request, body, headers: { ...request.headers, 'content-length': String(body.length) } };
}

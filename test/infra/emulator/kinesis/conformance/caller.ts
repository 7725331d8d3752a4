/** Calls the Kinesis API of a server as the SDKs do, in JSON or CBOR, and says how a call was refused. */
import { cbor, tag } from '@smithy/core/cbor';

export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export type Call = <T = Record<string, unknown>>(operation: string, input: object) => Promise<T>;

export const HEADERS = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260131/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20260131T093000Z',
};
const TYPES = { json: 'application/x-amz-json-1.1', cbor: 'application/x-amz-cbor-1.1' } as const;
/** No call of the suite takes longer; a server that hangs fails its case. */
const TIMEOUT_MS = 10_000;

/** @throws Refusal */
export function caller(endpoint: string, protocol: 'json' | 'cbor' = 'json'): Call {
  return async <T>(operation: string, input: object) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        ...HEADERS,
        'content-type': TYPES[protocol],
        'x-amz-target': `Kinesis_20131202.${operation}`,
      },
      body: protocol === 'json' ? JSON.stringify(input) : Buffer.from(cbor.serialize(input)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = decode(protocol, Buffer.from(await response.arrayBuffer()));
    if (response.ok) return answer as T;
    const { __type = '', message, Message } = answer as Record<string, string | undefined>;
    throw new Refusal(__type.split('#').at(-1) ?? '', message ?? Message ?? '', response.status);
  };
}

function decode(protocol: 'json' | 'cbor', body: Buffer): unknown {
  if (body.length === 0) return {};
  return protocol === 'json' ? JSON.parse(body.toString()) : cbor.deserialize(body);
}

/** A time as the clients in CBOR write it: tag 1, with milliseconds. */
export const cborTime = (ms: number) => tag({ tag: 1, value: ms });
export const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');

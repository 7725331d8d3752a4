/** An AWS API call from the wire: its service, its operation and its whole body. */
import { isAscii } from 'node:buffer';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { AwsError } from './aws-error.ts';
import { parseTarget } from './request-target.ts';

export interface AwsRequest {
  /** Signing name of the service, such as `kinesis`. */
  service: string;
  /** Such as `PutRecords`; empty where the caller named none. */
  operation: string;
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** The operation that headers or URL name; empty where only the body or the method tell it. */
export function namedOperation({ url, headers }: Pick<AwsRequest, 'url' | 'headers'>): string {
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return /\/operation\/(\w+)/.exec(url)?.[1] ?? '';
  const target = headers['x-amz-target'];
  // Such as `Kinesis_20131202.PutRecords`.
  return typeof target === 'string' ? target.slice(target.lastIndexOf('.') + 1) : '';
}

/** The parameters of a Query call: from the body, or from the URL of a presigned call. */
export const queryParams = ({ method, url, body }: Pick<AwsRequest, 'method' | 'url' | 'body'>) =>
  method === 'GET' ? parseTarget(url).query : new URLSearchParams(body.toString());

/** Whether a Lambda function makes this call: the SDK adds AWS_EXECUTION_ENV to its user agent. */
export const isOfFunction = ({ headers }: Pick<AwsRequest, 'headers'>): boolean =>
  /exec-env\/AWS_Lambda/.test(`${headers['user-agent']} ${headers['x-amz-user-agent']}`);

const UNDERSCORE = 0x5f;

/**
 * JSON with a member of this name cannot be handed on whole: every copy of the object loses it.
 * @throws AwsError
 */
export function refuseProto(body: Buffer): void {
  // Megabytes of base64 have no underscore, and one byte is found sooner than eleven.
  if (!body.includes(UNDERSCORE) || !body.includes('"__proto__"')) return;
  if (!/(?<!\\)"__proto__"\s*:/.test(body.toString())) return;
  throw new AwsError('SerializationException', 'No member, key or attribute may be called __proto__ here');
}

/** Most bodies are ASCII, megabytes of base64 among them: these need no decoding. */
const textOf = (body: Buffer): string => (isAscii(body) ? body.toString('latin1') : body.toString());

/** The body of a JSON-protocol call. */
export function parseJsonBody(request: Pick<AwsRequest, 'body'>): unknown {
  try {
    return request.body.length === 0 ? {} : JSON.parse(textOf(request.body));
  } catch {
    throw new AwsError('SerializationException', 'Expected a JSON body');
  }
}

/** Resolves when the response is complete or its client has disconnected. */
export function finished(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('finish', resolve);
    response.once('close', resolve);
  });
}

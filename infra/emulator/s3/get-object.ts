/** GetObject and HeadObject. */
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsRequest } from '../wire/aws-request.ts';
import { isNotModified } from './conditions.ts';
import type { OpenObject } from './objects.ts';
import { parseRange } from './range.ts';

/** Headers of the answer that a caller can set, mostly with a presigned URL. */
const OVERRIDES = [
  ...['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type'],
  'expires',
];

export async function sendObject(
  { headers, method }: Pick<AwsRequest, 'headers' | 'method'>,
  response: ServerResponse,
  { object, read }: OpenObject,
  query: URLSearchParams,
): Promise<void> {
  if ((query.get('partNumber') ?? '1') !== '1') {
    throw new AwsError('InvalidPartNumber', 'The requested partnumber is not satisfiable', 416);
  }
  const overrides = overridden(query);
  const { etag, bytes, modified } = object;
  const validators = { etag, 'last-modified': modified.toUTCString() };
  if (isNotModified(headers, object)) {
    response.writeHead(304, validators).end();
    return;
  }
  const isSame = headers['if-range'] === undefined || headers['if-range'] === etag;
  const part = parseRange(isSame ? headers.range : undefined, bytes);
  const range = part ?? { start: 0, end: bytes - 1 };
  const length = range.end - range.start + 1;
  response.writeHead(part ? 206 : 200, {
    ...validators,
    'content-type': 'binary/octet-stream',
    ...overrides,
    'content-length': length,
    'accept-ranges': 'bytes',
    ...(part && { 'content-range': `bytes ${part.start}-${part.end}/${bytes}` }),
    // A browser may open the object at the page's own origin, so no script in it may run.
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
  });
  if (method === 'HEAD' || length === 0) response.end();
  // The client may disconnect before the end.
  else await pipeline(read(range), response).catch(() => response.destroy());
}

/** @throws AwsError for a value that is not allowed in a header */
function overridden(query: URLSearchParams): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of OVERRIDES) {
    const value = query.get(`response-${name}`);
    if (value === null) continue;
    if (!/^[\x20-\x7e]*$/.test(value)) {
      throw new AwsError('InvalidArgument', `Expected printable ASCII in response-${name}, got "${value}"`);
    }
    headers[name] = value;
  }
  return headers;
}

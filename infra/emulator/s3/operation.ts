/** The S3 operation of a request, by method, path and the names in its query. */
import type { Api } from '../wire/gateway.ts';
import { parseTarget } from '../wire/request-target.ts';

/** Names in a query that do not change the operation: of the signature, the client, and headers of the answer. */
const HARMLESS = /^(?:x-amz-.*|x-id|AWSAccessKeyId|Signature|Expires|response-.*|partNumber)$/i;

/**
 * Undefined for an operation that does not run here, unless a program is likely to try it. Any other name in the query,
 * such as `?tagging`, means another operation: a DELETE of tags must not delete the object.
 */
export const operationOf: NonNullable<Api['operationOf']> = ({ method, url, headers }) => {
  const { path, query } = parseTarget(url);
  const [, bucket = '', ...key] = path.split('/');
  if (key.join('') !== '') {
    const isCurrent = ([name, value]: [string, string]) => name === 'versionId' && value === 'null';
    if (![...query].every((entry) => HARMLESS.test(entry[0]) || isCurrent(entry))) return undefined;
    if (method === 'PUT') return 'x-amz-copy-source' in headers ? 'CopyObject' : 'PutObject';
    return new Map([
      ['GET', 'GetObject'],
      ['HEAD', 'HeadObject'],
      ['DELETE', 'DeleteObject'],
    ]).get(method);
  }
  return operationOfBucket(method, bucket, query);
};

const OF_ALL_BUCKETS = ['prefix', 'max-buckets', 'continuation-token'];

function operationOfBucket(method: string, bucket: string, query: URLSearchParams): string | undefined {
  const names = [...query.keys()].filter((name) => !HARMLESS.test(name));
  if (method === 'HEAD') return bucket !== '' && names.length === 0 ? 'HeadBucket' : undefined;
  if (method !== 'GET') return undefined;
  if (bucket === '') return names.every((name) => OF_ALL_BUCKETS.includes(name)) ? 'ListBuckets' : undefined;
  if (names.join() === 'location') return 'GetBucketLocation';
  return query.get('list-type') === '2' ? 'ListObjectsV2' : undefined;
}

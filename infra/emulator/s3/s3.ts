/**
 * The part of the S3 API that is needed to read, write, move and delete objects. Only path-style addresses, which SDKs
 * and the command line choose for an IP address.
 */
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { own } from '../base/own.ts';
import { LOCAL_REGION } from '../stack/identities.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsRequest } from '../wire/aws-request.ts';
import type { ServedApi } from '../wire/gateway.ts';
import { parseTarget, unescapePath } from '../wire/request-target.ts';
import { element, escapeXml } from '../wire/xml.ts';
import { ACCESS } from './access.ts';
import { bucketsResult, LOCATION } from './buckets.ts';
import { checkContent } from './checksums.ts';
import { sendObject } from './get-object.ts';
import { listResult } from './list.ts';
import { type Bucket, openBucket } from './objects.ts';
import { operationOf } from './operation.ts';

interface Call {
  request: AwsRequest;
  response: ServerResponse;
  bucketName: string;
  bucket: Bucket;
  key: string;
  query: URLSearchParams;
  created(bytes: number): void;
  /** Another bucket of the stack. */
  open(name: string): Bucket;
}

const getObject = ({ request, response, bucket, key, query }: Call) =>
  bucket.use(key, (opened) => sendObject(request, response, opened, query));

const OPERATIONS = new Map<string, (call: Call) => Promise<void>>([
  [
    'HeadBucket',
    async ({ response }) => {
      response.writeHead(200, { 'x-amz-bucket-region': LOCAL_REGION }).end();
    },
  ],
  ['GetBucketLocation', async ({ response }) => sendXml(response, LOCATION)],
  [
    'ListObjectsV2',
    async ({ response, bucketName, bucket, query }) => {
      const objects = await bucket.list(query.get('prefix') ?? '');
      sendXml(response, listResult(bucketName, objects, query));
    },
  ],
  ['GetObject', getObject],
  ['HeadObject', getObject],
  ['PutObject', putObject],
  ['CopyObject', copyObject],
  [
    'DeleteObject',
    async ({ response, bucket, key }) => {
      await bucket.remove(key);
      response.writeHead(204).end();
    },
  ],
]);

/**
 * @param s3Root folder of the buckets, one folder each
 * @param created called for each new object
 */
export function createS3(
  s3Root: string,
  buckets: readonly string[],
  created: (bucket: string, key: string, bytes: number) => void,
): ServedApi {
  function open(name: string): Bucket {
    if (buckets.includes(name)) return openBucket(join(s3Root, name));
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  }

  return {
    operationOf,
    denied: ['AccessDenied', 403],
    needs({ operation, url, headers }) {
      const { query, ...place } = placeOf(url);
      return own(ACCESS, operation)?.({ ...place, query, source: String(headers['x-amz-copy-source']) });
    },
    async handle(request, response) {
      const { bucket: bucketName, key, query } = placeOf(request.url);
      if (request.operation === 'ListBuckets')
        return sendXml(response, bucketsResult(s3Root, buckets, query));
      const run = OPERATIONS.get(request.operation);
      if (!run) throw notImplemented(request, [...query.keys()]);
      const call = { request, response, bucketName, key, query, open };
      const tell = (bytes: number) => created(bucketName, key, bytes);
      await run({ ...call, bucket: open(bucketName), created: tell });
    },
  };
}

function placeOf(url: string): { bucket: string; key: string; query: URLSearchParams } {
  const { path, query } = parseTarget(url);
  const [, bucket = '', ...rest] = path.split('/').map(unescapePath);
  return { bucket, key: rest.join('/'), query };
}

function notImplemented({ operation, method }: AwsRequest, names: string[]): AwsError {
  const known = ['ListBuckets', ...OPERATIONS.keys()].join(', ');
  const got = operation || `${method} of ${names.length > 0 ? `?${names.join('&')}` : 'a bucket'}`;
  return new AwsError('NotImplemented', `Of the S3 API, the local runtime answers ${known}; got ${got}`, 501);
}

/** Only for an object in one piece, as SDKs send it when they append no checksum. */
async function putObject({ request, response, bucket, key, created }: Call): Promise<void> {
  if (request.headers['content-encoding']?.includes('aws-chunked')) {
    throw new AwsError('NotImplemented', 'An object in signed chunks is not emulated: send it whole', 501);
  }
  refuseConditions(request, /^if-(?:none-)?match$/);
  checkContent(request);
  const { etag } = await bucket.write(key, request.body);
  created(request.body.length);
  response.writeHead(200, { etag, 'content-length': 0 }).end();
}

async function copyObject({ request, response, bucket, key, open, created }: Call): Promise<void> {
  refuseConditions(request, /^x-amz-copy-source-|^if-(?:none-)?match$/);
  const source = unescapePath(String(request.headers['x-amz-copy-source'])).replace(/^\//, '');
  const slash = source.indexOf('/');
  const content = await open(source.slice(0, slash)).use(source.slice(slash + 1), (opened) =>
    opened.content(),
  );
  const { modified, etag } = await bucket.write(key, content);
  created(content.length);
  const result = element('LastModified', modified.toISOString()) + element('ETag', escapeXml(etag));
  sendXml(response, element('CopyObjectResult', result));
}

/** A condition on a write often is a lock: to ignore it would be worse than to refuse it. */
function refuseConditions({ headers }: AwsRequest, conditions: RegExp): void {
  const condition = Object.keys(headers).find((name) => conditions.test(name));
  if (condition !== undefined) throw new AwsError('NotImplemented', `${condition} is not emulated here`, 501);
}

function sendXml(response: ServerResponse, body: string): void {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;
  response.writeHead(200, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

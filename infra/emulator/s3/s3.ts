/**
 * The part of the S3 API that reading, writing, moving and deleting objects takes. Path-style addresses only, which SDK and
 * command line choose by themselves for an IP address.
 */

import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsRequest } from '../wire/aws-request.ts';
import type { Api } from '../wire/gateway.ts';
import { listResult } from './list.ts';
import { type Bucket, openBucket } from './objects.ts';
import { element, XML_HEADER } from './xml.ts';

interface Call {
  request: AwsRequest;
  response: ServerResponse;
  bucketName: string;
  bucket: Bucket;
  key: string;
  query: URLSearchParams;
  /** Another bucket of the stack. */
  open(name: string): Bucket;
}

const OPERATIONS: Record<string, (call: Call) => Promise<void>> = {
  async ListObjectsV2({ response, bucketName, bucket, query }) {
    const objects = await bucket.list(query.get('prefix') ?? '');
    sendXml(response, 200, listResult(bucketName, objects, query));
  },
  GetObject: sendObject,
  HeadObject: sendObject,
  async PutObject({ request, response, bucket, key }) {
    if (request.headers['content-encoding']?.includes('aws-chunked')) {
      throw new AwsError('NotImplemented', 'An object in signed chunks is not emulated: send it whole', 501);
    }
    await bucket.write(key, request.body);
    response.writeHead(200, { etag: `"${createHash('md5').update(request.body).digest('hex')}"` }).end();
  },
  async CopyObject({ request, response, bucket, key, open }) {
    const source = decodeURIComponent(String(request.headers['x-amz-copy-source'])).replace(/^\//, '');
    const slash = source.indexOf('/');
    const { content } = await open(source.slice(0, slash)).read(source.slice(slash + 1));
    const { modified } = await bucket.write(key, content);
    const result = element('CopyObjectResult', element('LastModified', modified.toISOString()));
    sendXml(response, 200, result);
  },
  async DeleteObject({ response, bucket, key }) {
    await bucket.remove(key);
    response.writeHead(204).end();
  },
};

/** @param s3Root folder of the buckets, one folder each */
export function createS3(s3Root: string, buckets: readonly string[]): Api {
  function open(name: string): Bucket {
    if (buckets.includes(name)) return openBucket(join(s3Root, name));
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  }

  return {
    operationOf,
    async handle(request, response) {
      const run = OPERATIONS[request.operation];
      if (!run) {
        const known = Object.keys(OPERATIONS).join(', ');
        throw new AwsError('NotImplemented', `Of the S3 API, the local runtime answers ${known}`, 501);
      }
      const { pathname, searchParams: query } = new URL(request.url, 'http://localhost');
      const [, bucketName = '', ...rest] = pathname.split('/').map(decodeURIComponent);
      const call = { request, response, bucketName, key: rest.join('/'), query, open };
      await run({ ...call, bucket: open(bucketName) });
    },
    writeError(response, error) {
      const body = element('Error', element('Code', error.code) + element('Message', error.message));
      sendXml(response, error.status, body);
    },
  };
}

/** Of operations that are not run here, only those are named that a program is likely to try. */
function operationOf({ method, url, headers }: Parameters<NonNullable<Api['operationOf']>>[0]) {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [, bucket = '', ...key] = pathname.split('/');
  if (key.join('') !== '') {
    if (method === 'PUT') return 'x-amz-copy-source' in headers ? 'CopyObject' : 'PutObject';
    return { GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method];
  }
  if (method !== 'GET') return undefined;
  if (bucket === '') return 'ListBuckets';
  return searchParams.get('list-type') === '2' ? 'ListObjectsV2' : undefined;
}

async function sendObject({ request, response, bucket, key }: Call): Promise<void> {
  if (request.headers.range !== undefined) {
    throw new AwsError('NotImplemented', 'Parts of an object are not emulated: leave out Range', 501);
  }
  const { object, content } = await bucket.read(key);
  response.writeHead(200, {
    'content-type': 'binary/octet-stream',
    'content-length': object.bytes,
    'last-modified': object.modified.toUTCString(),
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}

function sendXml(response: ServerResponse, status: number, body: string): void {
  const text = XML_HEADER + body;
  response.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

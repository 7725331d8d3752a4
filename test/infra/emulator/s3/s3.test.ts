import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  NotFound,
  PutObjectCommand,
  paginateListBuckets,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createS3 } from '../../../../infra/emulator/s3/s3.ts';
import { type Gateway, startGateway } from '../../../../infra/emulator/wire/gateway.ts';

const Bucket = 'failures';
const operations: string[] = [];
let root: string;
let gateway: Gateway;
let s3: S3Client;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'streamwatch-s3-'));
  gateway = await startGateway({
    port: 0,
    services: { s3: createS3(root, [Bucket, 'lake'], () => undefined) },
    web: (_, response) => response.end(),
    intercept: (call, response, next) => {
      operations.push(call.operation);
      return next(call, response);
    },
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  s3 = new S3Client({ endpoint: gateway.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  s3.destroy();
  await gateway.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  operations.length = 0;
  rmSync(join(root, Bucket), { recursive: true, force: true });
  put('a/1', 'one');
  put('a/b/2', 'two');
  put('a-', 'before a/, by the bytes');
  put('ä & <c>', 'umlaut');
  put('a/.1.half-written', 'no object yet');
});

function put(key: string, content: string): void {
  const path = join(root, Bucket, key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
const keys = async (query: object = {}) => {
  const { Contents = [], CommonPrefixes = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket, ...query }),
  );
  return [...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)];
};

describe('the local S3', () => {
  it('lists keys in the order of their bytes, under a prefix', async () => {
    expect(await keys()).toEqual(['a-', 'a/1', 'a/b/2', 'ä & <c>']);
    expect(await keys({ Prefix: 'a/b' })).toEqual(['a/b/2']);
    expect(await keys({ Prefix: 'a/', Delimiter: '/' })).toEqual(['a/1', 'a/b/']);
    expect(await keys({ StartAfter: 'a/1' })).toEqual(['a/b/2', 'ä & <c>']);
    expect(await keys({ Prefix: 'nothing/' })).toEqual([]);
  });

  it('returns a long list in pages', async () => {
    const pages: unknown[] = [];
    for await (const { Contents } of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket })) {
      pages.push(Contents?.map(({ Key, Size }) => [Key, Size]));
    }
    expect(pages).toEqual([
      [
        ['a-', 23],
        ['a/1', 3],
        ['a/b/2', 3],
      ],
      [['ä & <c>', 6]],
    ]);
  });

  it('says of a page of none that it is all, as S3 does', async () => {
    const { IsTruncated, KeyCount, NextContinuationToken } = await s3.send(
      new ListObjectsV2Command({ Bucket, MaxKeys: 0 }),
    );
    expect({ IsTruncated, KeyCount, NextContinuationToken }).toEqual({ IsTruncated: false, KeyCount: 0 });
  });

  it('reads, copies and deletes objects', async () => {
    const Key = 'moved/ä & <c>';
    await s3.send(
      new CopyObjectCommand({ Bucket, Key, CopySource: encodeURIComponent(`${Bucket}/ä & <c>`) }),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe('umlaut');
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ContentLength: 6 });
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'ä & <c>' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'ä & <c>' }));
    expect(await keys()).toEqual(['a-', 'a/1', 'a/b/2', Key]);
    expect(operations).toEqual([
      'CopyObject',
      'GetObject',
      'HeadObject',
      'DeleteObject',
      'DeleteObject',
      'ListObjectsV2',
    ]);
  });

  it('refuses with the errors of S3', async () => {
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'other' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
  });

  it('never leaves its bucket', async () => {
    writeFileSync(join(root, 'secret'), 'outside');
    for (const Key of ['../secret', 'a/../../secret', 'a//1', '.hidden']) {
      // The client would normalize the path; the copy source is sent as it is.
      const CopySource = encodeURIComponent(`${Bucket}/${Key}`);
      await expect(s3.send(new CopyObjectCommand({ Bucket, Key: 'stolen', CopySource }))).rejects.toThrow(
        /no part of a key may be empty or begin with a dot/,
      );
    }
    expect(readFileSync(join(root, 'secret'), 'utf8')).toBe('outside');
  });

  it('writes an object', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'new/x', Body: 'yäy' }));
    expect(readFileSync(join(root, Bucket, 'new/x'), 'utf8')).toBe('yäy');
    const put = new PutObjectCommand({ Bucket, Key: 'new/x', Body: 'a lock', IfNoneMatch: '*' });
    await expect(s3.send(put)).rejects.toThrow('if-none-match is not emulated');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'new/x', Body: 'again' }));
    expect(readFileSync(join(root, Bucket, 'new/x'), 'utf8')).toBe('again');
  });

  it('stores nothing that arrived otherwise than it was sent', async () => {
    const wrong = { ContentMD5: 'AAAA', ChecksumSHA256: 'AAAA', ChecksumSHA1: 'AAAA', ChecksumCRC32: 'AAAA' };
    for (const [name, sum] of Object.entries(wrong)) {
      const put = new PutObjectCommand({ Bucket, Key: 'sum', Body: 'x', [name]: sum });
      await expect(s3.send(put)).rejects.toMatchObject({ name: 'BadDigest' });
    }
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'sum' }))).rejects.toThrow();
    for (const ChecksumAlgorithm of ['CRC32', 'SHA1', 'SHA256', 'CRC32C'] as const) {
      await s3.send(new PutObjectCommand({ Bucket, Key: 'sum', Body: 'x', ChecksumAlgorithm }));
    }
    const lost = new ListObjectsV2Command({ Bucket, ContinuationToken: 'zz!' });
    await expect(s3.send(lost)).rejects.toThrow('The continuation token provided is incorrect');
  });

  it('answers what is asked about buckets first', async () => {
    mkdirSync(join(root, 'lake'), { recursive: true });
    const { Buckets = [] } = await s3.send(new ListBucketsCommand());
    expect(Buckets.map(({ Name }) => Name)).toEqual([Bucket, 'lake']);
    expect(Buckets[0]?.CreationDate).toBeInstanceOf(Date);
    const names: (string | undefined)[] = [];
    for await (const page of paginateListBuckets({ client: s3, pageSize: 1 }, {})) {
      names.push(...(page.Buckets ?? []).map(({ Name }) => Name));
    }
    expect(names).toEqual([Bucket, 'lake']);
    const { BucketRegion } = await s3.send(new HeadBucketCommand({ Bucket }));
    expect(BucketRegion).toBe('us-east-1');
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'none' }))).rejects.toThrow(NotFound);
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
  });

  it('says what it does not support', async () => {
    await expect(s3.send(new ListMultipartUploadsCommand({ Bucket }))).rejects.toThrow(
      /the local runtime answers ListBuckets, HeadBucket, .* GetObject/,
    );
  });

  it('gives parts of an object, as long as it stays the same', async () => {
    const Key = 'big';
    put(Key, 'a'.repeat(1000) + 'b'.repeat(500));
    const get = async (input: object) => {
      const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...input }));
      return { ...answer, text: await answer.Body?.transformToString() };
    };
    const { ETag = '', AcceptRanges, ContentLength } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect([AcceptRanges, ContentLength]).toEqual(['bytes', 1500]);
    expect(ETag).toMatch(/^"[0-9a-f]{32}-1"$/);

    const part = await get({ Range: 'bytes=999-1000', IfMatch: ETag });
    expect(part).toMatchObject({ text: 'ab', ContentLength: 2, ContentRange: 'bytes 999-1000/1500', ETag });
    expect(part.$metadata.httpStatusCode).toBe(206);
    expect(await get({ Range: 'bytes=-2' })).toMatchObject({
      text: 'bb',
      ContentRange: 'bytes 1498-1499/1500',
    });
    expect((await get({ Range: 'bytes=1-0' })).$metadata.httpStatusCode).toBe(200);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key, Range: 'bytes=0-9' }));
    expect(head).toMatchObject({ ContentLength: 10, ContentRange: 'bytes 0-9/1500' });
    await expect(get({ Range: 'bytes=1500-' })).rejects.toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
    });

    put(Key, 'other');
    await expect(get({ Range: 'bytes=0-1', IfMatch: ETag })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await expect(get({ PartNumber: 2 })).rejects.toMatchObject({ name: 'InvalidPartNumber' });
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));
    expect(listed.Contents?.[0]?.ETag).toBe((await get({})).ETag);
    await expect(get({ IfNoneMatch: listed.Contents?.[0]?.ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
  });

  it('gives an empty object', async () => {
    put('empty', '');
    const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket, Key: 'empty' }));
    expect([ContentLength, await Body?.transformToString()]).toEqual([0, '']);
  });

  it('deletes no object for a call that means something of it', async () => {
    await expect(s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'a/1' }))).rejects.toThrow(
      /got DELETE of \?tagging/,
    );
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: 'a/1', VersionId: 'x' }))).rejects.toThrow(
      /versionId/,
    );
    await expect(s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'a/1' }))).rejects.toMatchObject({
      name: 'NotImplemented',
    });
    expect(await keys({ Prefix: 'a/1' })).toEqual(['a/1']);
  });

  it('takes a key that is a folder here for one that is not there', async () => {
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a/1/2' }));
    expect(await keys({ Prefix: 'a/' })).toEqual(['a/1', 'a/b/2']);
    for (const Key of ['a', 'a/1/2']) {
      const copy = new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/a-` });
      await expect(s3.send(copy)).rejects.toMatchObject({ name: 'InvalidArgument' });
    }
    const Key = 'x'.repeat(300);
    await expect(s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      name: 'KeyTooLongError',
    });
  });
});

describe('on the wire', () => {
  const SIGNED = {
    authorization: 'AWS4-HMAC-SHA256 Credential=a/20260131/us-east-1/s3/aws4_request, Signature=0',
  };
  /** `fetch` would set the path straight. */
  const send = (path: string, { method = 'GET', headers = SIGNED as Record<string, string> } = {}) =>
    new Promise<{ status: number; type?: string; body: string }>((resolve, reject) => {
      const call = request(
        { host: '127.0.0.1', port: gateway.port, path, method, headers },
        async (answer) => {
          const body = Buffer.concat(await answer.toArray()).toString();
          resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'], body });
        },
      );
      call.on('error', reject).end();
    });

  it.each([
    [`/${Bucket}/%ff`, 400, 'InvalidURI'],
    [`/${Bucket}/a%`, 400, 'InvalidURI'],
    ['/%c0%af/a', 400, 'InvalidURI'],
    [`/${Bucket}/a%00b`, 400, 'InvalidArgument'],
    [`/${Bucket}/%3Cb%3E&%01/../x`, 400, 'InvalidArgument'],
    [`/${Bucket}/a/%2e%2e/%2e%2e/secret`, 400, 'InvalidArgument'],
    ['//secret', 404, 'NoSuchBucket'],
    ['/constructor/a', 404, 'NoSuchBucket'],
    ['/__proto__/__proto__', 404, 'NoSuchBucket'],
    [`/${Bucket}/constructor`, 404, 'NoSuchKey'],
    [`/${Bucket}/__proto__/toString`, 404, 'NoSuchKey'],
    [`/${Bucket}/a/1?response-content-type=%ff`, 400, 'InvalidArgument'],
    [`/${Bucket}/a/1?acl`, 501, 'NotImplemented'],
    [`/${Bucket}/a/1?constructor`, 501, 'NotImplemented'],
    [`/${Bucket}?versioning`, 501, 'NotImplemented'],
  ])('refuses %s with %d in XML', async (path, status, code) => {
    const answer = await send(path);
    expect(answer).toMatchObject({ status, type: 'text/xml' });
    expect(answer.body).toMatch(
      new RegExp(`^<\\?xml .*\\n<Error><Code>${code}</Code><Message>[^<>]+</Message></Error>$`),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write it.
    expect(answer.body).not.toMatch(/[\x00-\x08]/);
    expect(await send(path, { method: 'HEAD' })).toMatchObject({ body: '' });
  });

  it('asks the address for the operation, and no header', async () => {
    const headers = { ...SIGNED, 'x-amz-target': 'S3.constructor' };
    expect(await send(`/${Bucket}/a/1`, { headers })).toMatchObject({ status: 200, body: 'one' });
  });

  it.each([
    [
      'of today',
      (seconds: number) => `X-Amz-Date=${basic(Date.now() - 60_000)}&X-Amz-Expires=${seconds + 60}`,
    ],
    ['of old', (seconds: number) => `Expires=${Math.floor(Date.now() / 1000) + seconds}`],
  ])('takes a presigned URL %s for a call, until it expires', async (which, until) => {
    const key =
      which === 'of old'
        ? 'AWSAccessKeyId=a'
        : 'X-Amz-Credential=a%2F20260131%2Fus-east-1%2Fs3%2Faws4_request';
    const get = (seconds: number, more = {}) =>
      send(`/${Bucket}/a/1?${key}&X-Amz-Signature=0&Signature=0&${until(seconds)}`, { headers: {}, ...more });
    expect(await get(30)).toMatchObject({ status: 200, body: 'one' });
    expect(await get(30, { headers: { range: 'bytes=1-' } })).toMatchObject({ status: 206, body: 'ne' });
    expect(await get(30, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    const expired = await get(-2);
    expect(expired).toMatchObject({ status: 403, type: 'text/xml' });
    expect(expired.body).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
    // No signature is checked here, so that of a GET does for a PUT as well: docs/local-vs-aws.md.
    expect(await get(30, { method: 'PUT' })).toMatchObject({ status: 200 });
    expect(await get(30)).toMatchObject({ status: 200, body: '' });
    // A foreign page that has the browser load it; a person who opens it.
    expect(await get(30, { headers: { 'sec-fetch-site': 'cross-site' } })).toMatchObject({ status: 403 });
    expect(await get(30, { headers: { 'sec-fetch-site': 'none' } })).toMatchObject({ status: 200 });
  });

  it.each(['X-Amz-Expires=604801', 'X-Amz-Expires=-1', 'X-Amz-Expires=soon', '', 'Expires=9999999999'])(
    'refuses a presigned URL that says when it expires by "%s"',
    async (until) => {
      const credential = 'X-Amz-Credential=a%2F20260131%2Fus-east-1%2Fs3%2Faws4_request';
      const { status, body } = await send(
        `/${Bucket}/a/1?${credential}&X-Amz-Date=${basic(Date.now())}&${until}`,
        { headers: {} },
      );
      expect(status).toBe(400);
      expect(body).toContain('<Code>AuthorizationQueryParametersError</Code>');
    },
  );

  it('answers with the headers that a presigned URL asks for, and as nothing that runs', async () => {
    const query = 'response-content-type=text/html&response-content-disposition=attachment';
    const answer = await fetch(`${gateway.endpoint}/${Bucket}/a/1?${query}`, { headers: SIGNED });
    expect(answer.headers.get('content-type')).toBe('text/html');
    expect(answer.headers.get('content-disposition')).toBe('attachment');
    expect(answer.headers.get('content-security-policy')).toBe('sandbox');
  });
});

/** 20260131T093000Z */
const basic = (ms: number) => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '');

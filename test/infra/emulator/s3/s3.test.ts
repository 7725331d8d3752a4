import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
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
    services: { s3: createS3(root, [Bucket]) },
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
    await s3.send(new PutObjectCommand({ Bucket, Key: 'new/x', Body: 'again' }));
    expect(readFileSync(join(root, Bucket, 'new/x'), 'utf8')).toBe('again');
  });

  it('says what it does not support', async () => {
    await expect(s3.send(new ListBucketsCommand())).rejects.toThrow(
      /the local runtime answers ListObjectsV2, GetObject/,
    );
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'a/1', Range: 'bytes=0-1' }))).rejects.toThrow(
      /leave out Range/,
    );
  });
});

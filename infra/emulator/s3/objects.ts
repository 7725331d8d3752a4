/** A bucket is a folder here, and keys are paths below it. */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { ByteRange } from './range.ts';

export interface StoredObject {
  key: string;
  bytes: number;
  modified: Date;
  /** In quotes; different for each version of the object. It is not an MD5 digest and does not look like one. */
  etag: string;
}

/** One version of an object, which stays readable while another one replaces it. */
export interface OpenObject {
  object: StoredObject;
  read(range: ByteRange): Readable;
}

export interface Bucket {
  /** Every object whose key begins with `prefix`, ordered by the bytes of the keys as in S3. */
  list(prefix: string): Promise<StoredObject[]>;
  /**
   * Opens an object for as long as `use` takes.
   * @throws AwsError `NoSuchKey`
   */
  use<T>(key: string, use: (opened: OpenObject & { content(): Promise<Buffer> }) => Promise<T>): Promise<T>;
  /** The object is durable when this resolves. */
  write(key: string, content: Uint8Array): Promise<StoredObject>;
  /** As in S3, a key that does not exist is not an error. */
  remove(key: string): Promise<void>;
}

export function openBucket(folder: string): Bucket {
  const pathOf = (key: string) => join(folder, ...checkKey(key));

  async function describe(key: string): Promise<StoredObject> {
    const found = await ifThere(stat(pathOf(key)));
    return asObject(key, found);
  }

  async function keysBelow(path: string, prefix: string): Promise<string[]> {
    const entries = (await ifThere(readdir(join(folder, path), { withFileTypes: true }))) ?? [];
    const nested = entries
      // A leading dot marks a file that is still being written.
      .filter(({ name }) => !name.startsWith('.'))
      .map(async (entry) => {
        const key = path + entry.name;
        if (!entry.isDirectory()) return key.startsWith(prefix) ? [key] : [];
        const inside = `${key}/`;
        return inside.startsWith(prefix) || prefix.startsWith(inside) ? keysBelow(inside, prefix) : [];
      });
    return (await Promise.all(nested)).flat();
  }

  return {
    async list(prefix) {
      const keys = await keysBelow('', prefix);
      keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const objects = await Promise.all(keys.map((key) => describe(key).catch(ignoreGone)));
      return objects.filter((object) => object !== undefined);
    },
    async use(key, use) {
      const file = await ifThere(open(pathOf(key)));
      if (!file) throw noSuchKey();
      try {
        const object = asObject(key, await file.stat());
        const read = (range: ByteRange) => file.createReadStream({ ...range, autoClose: false });
        return await use({ object, read, content: () => file.readFile() });
      } finally {
        await file.close();
      }
    },
    async write(key, content) {
      try {
        await writeFileAtomic(pathOf(key), content, { durable: true });
      } catch (error) {
        if (!hasCode(error, 'EISDIR', 'ENOTDIR', 'EEXIST')) throw tooLong(error);
        const text = `A bucket is a folder here: ${key} cannot be an object beside one whose key goes on below it`;
        throw new AwsError('InvalidArgument', text);
      }
      return describe(key);
    },
    async remove(key) {
      const found = await ifThere(stat(pathOf(key)));
      if (found?.isFile()) await rm(pathOf(key), { force: true });
    },
  };
}

/** The parts of a key. @throws AwsError for a key that is not a path below the bucket */
function checkKey(key: string): string[] {
  const parts = key.split('/');
  if (parts.every((part) => part !== '' && !part.startsWith('.') && !part.includes('\0'))) return parts;
  const message = `A bucket is a folder here: no part of a key may be empty or begin with a dot, got ${key}`;
  throw new AwsError('InvalidArgument', message);
}

function asObject(key: string, found: Stats | undefined): StoredObject {
  if (!found?.isFile()) throw noSuchKey();
  const state = createHash('md5').update(`${found.ino} ${found.size} ${found.mtimeMs}`).digest('hex');
  // The suffix is that of an upload in parts, so that no client compares it with a digest of the content.
  return { key, bytes: found.size, modified: found.mtime, etag: `"${state}-1"` };
}

const noSuchKey = () => new AwsError('NoSuchKey', 'The specified key does not exist.', 404);

async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw tooLong(error);
  }
}

const hasCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '');

/** A file system may reject a key that S3 would accept. */
const tooLong = (error: unknown): unknown =>
  hasCode(error, 'ENAMETOOLONG') ? new AwsError('KeyTooLongError', 'Your key is too long') : error;

function ignoreGone(error: unknown): undefined {
  if (!(error instanceof AwsError)) throw error;
}

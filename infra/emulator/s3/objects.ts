/** A bucket is a folder here, and keys are paths below it. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { AwsError } from '../wire/aws-error.ts';

export interface StoredObject {
  key: string;
  bytes: number;
  modified: Date;
}

export interface Bucket {
  /** Every object whose key begins with `prefix`, ordered by the bytes of the keys as in S3. */
  list(prefix: string): Promise<StoredObject[]>;
  /** @throws AwsError `NoSuchKey` */
  read(key: string): Promise<{ object: StoredObject; content: Buffer }>;
  /** The object is durable when this resolves. */
  write(key: string, content: Uint8Array): Promise<StoredObject>;
  /** As in S3, a key that does not exist is not an error. */
  remove(key: string): Promise<void>;
}

export function bucketIn(folder: string): Bucket {
  const pathOf = (key: string) => join(folder, ...checkKey(key));

  async function describe(key: string): Promise<StoredObject> {
    const found = await ifThere(stat(pathOf(key)));
    if (!found?.isFile()) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    return { key, bytes: found.size, modified: found.mtime };
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
    async read(key) {
      const object = await describe(key);
      const content = await ifThere(readFile(pathOf(key)));
      if (!content) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
      return { object, content };
    },
    async write(key, content) {
      await writeFileAtomic(pathOf(key), content, { durable: true });
      return describe(key);
    },
    remove: (key) => rm(pathOf(key), { force: true }),
  };
}

/** The parts of a key. @throws AwsError for a key that is not a path below the bucket */
function checkKey(key: string): string[] {
  const parts = key.split('/');
  if (parts.every((part) => part !== '' && !part.startsWith('.') && !part.includes('\0'))) return parts;
  const message = `A bucket is a folder here: no part of a key may be empty or begin with a dot, got ${key}`;
  throw new AwsError('InvalidArgument', message);
}

async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function ignoreGone(error: unknown): undefined {
  if (!(error instanceof AwsError)) throw error;
}

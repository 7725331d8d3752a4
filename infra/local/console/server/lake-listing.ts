/** The content of the buckets: partitions, files, and malformed lines. Reads the folders each time. */
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../../emulator/base/parse-json.ts';
import type { ErrorLine, LakeFile, LakeListing, LakePartition } from '../page-answers.ts';

/** Files whose size and time are read; with more files, the listing is partial. */
const MAX_FILES = 5_000;
const MAX_FILES_SHOWN = 50;
const MAX_ERROR_FILES = 20;
const MAX_ENTRIES = 50;
/** How much of an error object is read, and how much of an entry is shown. */
const MAX_READ_BYTES = 200_000;
const MAX_RAW_BYTES = 400;

/**
 * @param buckets folders; `failures` may be the same one as `lake`, or absent
 * @param maxFiles whose size and time are looked up
 */
export async function listLake(
  buckets: { lake: string; failures?: string },
  maxFiles = MAX_FILES,
): Promise<LakeListing> {
  const keys = await keysBelow(buckets.lake);
  const errorKeys = keys.filter((key) => key.startsWith('errors/'));
  const dataKeys = keys.filter((key) => key.includes('=') && !key.startsWith('errors/'));
  const failureKeys = buckets.failures ? await keysBelow(buckets.failures) : [];
  const data = await lookUp(buckets.lake, dataKeys.slice(0, maxFiles));
  const errors = await lookUp(buckets.lake, errorKeys.slice(0, maxFiles));
  const failures = buckets.failures ? await lookUp(buckets.failures, failureKeys.slice(0, maxFiles)) : [];
  return {
    partitions: partitionsOf(dataKeys, data),
    errors: await errorLines(buckets.lake, errors.slice(0, MAX_ERROR_FILES)),
    errorFiles: errorKeys.length,
    failures: failures.slice(0, MAX_FILES_SHOWN),
    failureFiles: failureKeys.length,
    partial: dataKeys.length > maxFiles,
  };
}

/** @param keys of all files @param files those that were looked up, newest first */
function partitionsOf(keys: readonly string[], files: readonly LakeFile[]): LakePartition[] {
  const prefixOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);
  const byPrefix = new Map<string, LakePartition>();
  for (const key of keys) {
    const prefix = prefixOf(key);
    const known = byPrefix.get(prefix) ?? { prefix, count: 0, bytes: 0, files: [] };
    known.count += 1;
    byPrefix.set(prefix, known);
  }
  for (const file of files) {
    const partition = byPrefix.get(prefixOf(file.key));
    if (!partition) continue;
    partition.bytes += file.bytes;
    partition.newest ??= file.at;
    if (partition.files.length < MAX_FILES_SHOWN) partition.files.push(file);
  }
  return [...byPrefix.values()].sort((a, b) => b.prefix.localeCompare(a.prefix));
}

/** The latest partitions first: times are in the names. */
async function keysBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(ifMissing);
  return (
    (entries ?? [])
      // A file that is still being written has such a name until it is complete.
      .filter((entry) => entry.isFile() && !/^\.|\.(?:tmp|partial)$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .sort()
      .reverse()
  );
}

/** Newest first. */
async function lookUp(root: string, keys: readonly string[]): Promise<LakeFile[]> {
  const files = await Promise.all(
    keys.map(async (key): Promise<LakeFile[]> => {
      const found = await stat(join(root, key)).catch(ifMissing);
      return found ? [{ key, bytes: found.size, at: found.mtime.toISOString() }] : [];
    }),
  );
  return files.flat().sort((a, b) => b.at.localeCompare(a.at));
}

/** A folder is created with its first file, and a file may be deleted while the listing is made. */
function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

const entrySchema = z.object({
  errorCode: z.string().optional(),
  lastErrorCode: z.string().optional(),
  errorMessage: z.string().optional(),
  lastErrorMessage: z.string().optional(),
  rawData: z.base64(),
});

async function errorLines(root: string, files: LakeFile[]): Promise<ErrorLine[]> {
  const lines: ErrorLine[] = [];
  for (const { key, at } of files) {
    for (const text of (await head(join(root, key))).split('\n')) {
      if (lines.length >= MAX_ENTRIES) return lines;
      const entry = parseJson(text, entrySchema);
      if (!entry) continue;
      const raw = Buffer.from(entry.rawData, 'base64');
      const code = entry.errorCode ?? entry.lastErrorCode ?? '';
      const message = entry.errorMessage ?? entry.lastErrorMessage ?? '';
      lines.push({ key, at, code, message, raw: visible(raw), bytes: raw.length });
    }
  }
  return lines;
}

async function head(path: string): Promise<string> {
  const file = await open(path).catch(ifMissing);
  if (!file) return '';
  try {
    const buffer = Buffer.alloc(MAX_READ_BYTES);
    const { bytesRead } = await file.read(buffer, 0, MAX_READ_BYTES, 0);
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await file.close();
  }
}

/** The first {@link MAX_RAW_BYTES} as text, with control and direction characters made visible. */
export function visible(bytes: Buffer): string {
  const text = bytes.subarray(0, MAX_RAW_BYTES).toString();
  const shown = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
  return bytes.length > MAX_RAW_BYTES ? `${shown}…` : shown;
}

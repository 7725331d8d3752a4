/** The content of the buckets: partitions, files, and malformed lines. Reads the folders each time. */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../../emulator/base/parse-json.ts';
import type { ErrorLine, LakeFile, LakeListing, LakePartition } from '../page-answers.ts';

/** With more files than this, the listing is partial. */
const MAX_FILES = 5_000;
const MAX_FILES_SHOWN = 50;
const MAX_ERROR_FILES = 20;
const MAX_ENTRIES = 50;
/** How much of an error object is read, and how much of an entry is shown. */
const MAX_READ_BYTES = 200_000;
const MAX_RAW_BYTES = 400;

/** @param buckets folders; `failures` may be the same one as `lake`, or absent */
export async function listLake(buckets: { lake: string; failures?: string }): Promise<LakeListing> {
  const { files, partial } = await filesBelow(buckets.lake);
  const newestFirst = files.sort((a, b) => b.at.localeCompare(a.at));
  const errors = newestFirst.filter(({ key }) => key.startsWith('errors/'));
  const data = newestFirst.filter(({ key }) => key.includes('=') && !key.startsWith('errors/'));
  const failures = buckets.failures ? (await filesBelow(buckets.failures)).files : [];
  return {
    partitions: partitionsOf(data),
    errors: await errorLines(buckets.lake, errors.slice(0, MAX_ERROR_FILES)),
    failures: failures.sort((a, b) => b.at.localeCompare(a.at)).slice(0, MAX_FILES_SHOWN),
    partial,
  };
}

function partitionsOf(files: LakeFile[]): LakePartition[] {
  const byPrefix = new Map<string, LakePartition>();
  for (const file of files) {
    const prefix = file.key.slice(0, file.key.lastIndexOf('/') + 1);
    const known = byPrefix.get(prefix) ?? { prefix, count: 0, bytes: 0, newest: file.at, files: [] };
    known.count += 1;
    known.bytes += file.bytes;
    if (known.files.length < MAX_FILES_SHOWN) known.files.push(file);
    byPrefix.set(prefix, known);
  }
  return [...byPrefix.values()].sort((a, b) => b.prefix.localeCompare(a.prefix));
}

async function filesBelow(root: string): Promise<{ files: LakeFile[]; partial: boolean }> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(ifMissing);
  if (!entries) return { files: [], partial: false };
  const names = entries
    // A file that is still being written has such a name until it is complete.
    .filter((entry) => entry.isFile() && !/^\.|\.(?:tmp|partial)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    names.slice(0, MAX_FILES).map(async (path): Promise<LakeFile[]> => {
      const found = await stat(path).catch(ifMissing);
      if (!found) return [];
      return [{ key: path.slice(root.length + 1), bytes: found.size, at: found.mtime.toISOString() }];
    }),
  );
  return { files: files.flat(), partial: names.length > MAX_FILES };
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

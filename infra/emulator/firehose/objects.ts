/** A sealed buffer becomes objects in the bucket. */
import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogTable } from '../glue/catalog.ts';
import { sync } from '../state/sync.ts';
import type { DeliveryBuffer, LineFile } from './buffer.ts';
import type { Journal } from './journal.ts';
import { writeParquet } from './parquet.ts';
import { formatObjectTime } from './prefix.ts';
import type { Destination } from './properties.ts';

export interface DeliveredObject {
  bucket: string;
  key: string;
  bytes: number;
  /** Rows of a Parquet object, entries of an error object. */
  rows: number;
  kind: 'data' | 'error';
}

/** A buffer that takes nothing more, with the objects that it will become. */
export interface SealedBuffer {
  buffer: DeliveryBuffer;
  spoolSegment: number;
  /** `path`: the object's file before it is moved into the bucket. */
  objects: { kind: 'data' | 'error'; key: string; source: LineFile; path: string }[];
}

/** On AWS it grows with each change of the delivery stream's configuration, which never changes here. */
const STREAM_VERSION = 1;

/** Names the objects once and for all, so that a second attempt does not deliver a second object. */
export function sealBuffer(
  buffer: DeliveryBuffer,
  { prefix, errorPrefix }: Destination,
  name: string,
  spoolSegment: number,
  nowMs: number,
): SealedBuffer {
  const suffix = () => `${name}-${STREAM_VERSION}-${formatObjectTime(nowMs)}-${randomUUID()}`;
  const data = buffer.partitions.map((source) => ({
    kind: 'data' as const,
    key: `${prefix.evaluate({ arrivalMs: source.arrivalMs, partitionKeys: source.keys })}${suffix()}.parquet`,
    source,
    path: `${source.path}.parquet`,
  }));
  const errors = buffer.errors.map(([errorType, source]) => ({
    kind: 'error' as const,
    key: `${errorPrefix.evaluate({ arrivalMs: source.arrivalMs, errorType })}${suffix()}`,
    source,
    path: source.path,
  }));
  return { buffer, spoolSegment, objects: [...data, ...errors] };
}

/** Writes the objects into the staging folder, durably. Can be called again after a failure. */
export async function stageObjects(
  { buffer, objects }: SealedBuffer,
  destination: Destination,
  table: CatalogTable,
): Promise<DeliveredObject[]> {
  await buffer.spill();
  const staged: DeliveredObject[] = [];
  for (const { kind, key, source, path } of objects) {
    if (kind === 'data') {
      const rows = await writeParquet({ from: source.path, to: path, table, options: destination.parquet });
      if (rows !== source.lines) throw new Error(`Expected ${source.lines} rows in ${key}, got ${rows}`);
    }
    // Before the journal names it.
    await sync(path);
    const { size } = await stat(path);
    staged.push({ bucket: destination.bucket, key, bytes: size, rows: source.lines, kind });
  }
  return staged;
}

/** Moves the objects into the bucket and saves the checkpoint with them. Can be called again after a failure. */
export async function publishObjects(
  { buffer, objects, spoolSegment }: SealedBuffer,
  bucketFolder: string,
  journal: Journal,
): Promise<void> {
  const moves = objects.map(({ key, path, source }) => ({
    ...{ from: path, to: join(bucketFolder, key), lines: source.lines },
  }));
  await journal.commit({
    shards: buffer.lastTaken,
    passed: [...buffer.passed.values()],
    spoolSegment,
    moves,
  });
  await rm(buffer.folder, { recursive: true, force: true });
}

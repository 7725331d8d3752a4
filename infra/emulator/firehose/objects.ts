/** A batch → objects in the bucket. */

import { randomUUID } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogTable } from '../glue/catalog.ts';
import type { Batch, LineFile } from './batch.ts';
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

/** A batch that takes nothing more, with the objects that it will become. */
export interface SealedBatch {
  batch: Batch;
  spoolSegment: number;
  /** `path`: where the object is until it is put in its place. */
  objects: { kind: 'data' | 'error'; key: string; source: LineFile; path: string }[];
}

/** Of the delivery stream: it grows with every change of its configuration, of which there are none here. */
const STREAM_VERSION = 1;

/** Gives the objects their names: for good, so that a second attempt does not deliver a second object. */
export function sealBatch(
  batch: Batch,
  {
    name,
    destination,
    spoolSegment,
    nowMs,
  }: { name: string; destination: Destination; spoolSegment: number; nowMs: number },
): SealedBatch {
  const suffix = () => `${name}-${STREAM_VERSION}-${formatObjectTime(nowMs)}-${randomUUID()}`;
  const data = batch.partitions.map((source) => ({
    kind: 'data' as const,
    key: `${destination.prefix.evaluate({ arrivalMs: source.arrivalMs, partitionKeys: source.keys })}${suffix()}.parquet`,
    source,
    path: `${source.path}.parquet`,
  }));
  const errors = batch.errors.map(([errorType, source]) => ({
    kind: 'error' as const,
    key: `${destination.errorPrefix.evaluate({ arrivalMs: source.arrivalMs, errorType })}${suffix()}`,
    source,
    path: source.path,
  }));
  return { batch, spoolSegment, objects: [...data, ...errors] };
}

/** Writes the objects aside, durably; after a failure it can be called again. */
export async function stageBatch(
  { batch, objects }: SealedBatch,
  destination: Destination,
  table: CatalogTable,
): Promise<DeliveredObject[]> {
  await batch.spill();
  const staged: DeliveredObject[] = [];
  for (const { kind, key, source, path } of objects) {
    if (kind === 'data') {
      const rows = await writeParquet({ from: source.path, to: path, table, options: destination.parquet });
      if (rows !== source.lines) throw new Error(`Expected ${source.lines} rows in ${key}, got ${rows}`);
    }
    await sync(path);
    const { size } = await stat(path);
    staged.push({ bucket: destination.bucket, key, bytes: size, rows: source.lines, kind });
  }
  return staged;
}

/** Puts the objects in their places, and with them the checkpoint; after a failure it can be called again. */
export async function publishBatch(
  { batch, objects, spoolSegment }: SealedBatch,
  bucketFolder: string,
  journal: Journal,
): Promise<void> {
  const moves = objects.map(({ key, path }) => ({ from: path, to: join(bucketFolder, key) }));
  await journal.commit({ shards: batch.lastTaken, spoolSegment, moves });
  await rm(batch.folder, { recursive: true, force: true });
}

/** The bytes on disk: only then may the journal say so. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

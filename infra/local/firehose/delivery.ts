/** A batch → objects in the bucket. */

import { randomUUID } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogTable } from '../catalog.ts';
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
  objects: { kind: 'data' | 'error'; key: string; source: LineFile; staged: string }[];
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
    staged: `${source.path}.parquet`,
  }));
  const errors = batch.errors.map(([errorType, source]) => ({
    kind: 'error' as const,
    key: `${destination.errorPrefix.evaluate({ arrivalMs: source.arrivalMs, errorType })}${suffix()}`,
    source,
    staged: source.path,
  }));
  return { batch, spoolSegment, objects: [...data, ...errors] };
}

export interface DeliveryOptions {
  destination: Destination;
  table: CatalogTable;
  /** Folder of the bucket. */
  bucketFolder: string;
  journal: Journal;
}

/** Delivers the batch; after a failure it can be called again. */
export async function deliverBatch(
  sealed: SealedBatch,
  options: DeliveryOptions,
): Promise<DeliveredObject[]> {
  const { destination, table, bucketFolder, journal } = options;
  const { batch, spoolSegment, objects } = sealed;
  await batch.spill();
  const delivered: DeliveredObject[] = [];
  for (const { kind, key, source, staged } of objects) {
    if (kind === 'data') {
      const rows = await writeParquet({ from: source.path, to: staged, table, options: destination.parquet });
      if (rows !== source.lines) {
        throw new Error(`Expected ${source.lines} rows in ${key}, DuckDB wrote ${rows}`);
      }
    }
    await sync(staged);
    const { size } = await stat(staged);
    delivered.push({ bucket: destination.bucket, key, bytes: size, rows: source.lines, kind });
  }
  const moves = objects.map(({ key, staged }) => ({ from: staged, to: join(bucketFolder, key) }));
  await journal.commit({ shards: batch.lastTaken, spoolSegment, moves });
  await rm(batch.folder, { recursive: true, force: true });
  return delivered;
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

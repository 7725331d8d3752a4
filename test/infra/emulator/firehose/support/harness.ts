/** A delivery stream on a temporary folder, and what it left there, read by parts that are not ours. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../../../../infra/emulator/base/clock.ts';
import { EventBus, type RuntimeEvent } from '../../../../../infra/emulator/base/events.ts';
import {
  type DeliveryStream,
  openDeliveryStream,
} from '../../../../../infra/emulator/firehose/delivery-stream.ts';
import type { CatalogTable } from '../../../../../infra/emulator/glue/catalog.ts';
import { BUCKET, properties, READINGS_TABLE } from './fixtures.ts';

export interface Harness {
  root: string;
  events: RuntimeEvent[];
  nextEvent(): Promise<RuntimeEvent>;
  /** Opens the delivery stream; opens it again, as after a restart, if it was open. */
  open(options?: {
    properties?: unknown;
    table?: CatalogTable;
    clock?: Clock;
    beforeWrite?: () => void;
  }): Promise<DeliveryStream>;
  /** Drops the open delivery streams without closing them, as a killed process does. */
  crash(): void;
  /** Keys of the bucket, sorted. */
  keys(prefix?: string): Promise<string[]>;
  rows(prefix?: string): Promise<Record<string, unknown>[]>;
  errors(): Promise<ErrorLine[]>;
}

export interface ErrorLine {
  key: string;
  attemptsMade: number;
  arrivalTimestamp: number;
  attemptEndingTimestamp: number;
  rawData: string;
  sequenceNumber?: string;
  subSequenceNumber?: number;
  errorCode?: string;
  errorMessage?: string;
  lastErrorCode?: string;
  lastErrorMessage?: string;
  dataCatalogTable?: Record<string, string>;
}

export async function harness(): Promise<Harness> {
  const root = await mkdtemp(join(tmpdir(), 'firehose-'));
  const open: DeliveryStream[] = [];
  onTestFinished(async () => {
    await Promise.allSettled(open.map((stream) => stream.close()));
    await rm(root, { recursive: true, force: true });
  });
  const bus = new EventBus();
  const events: RuntimeEvent[] = [];
  bus.on('event', (event) => events.push(event));
  const bucket = join(root, 's3', BUCKET);
  const keys = async (prefix = '') => {
    const entries = await readdir(bucket, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(bucket, join(entry.parentPath, entry.name)))
      .filter((key) => key.startsWith(prefix))
      .sort();
  };
  return {
    root,
    events,
    nextEvent: () => new Promise((resolve) => bus.once('event', resolve)),
    async open(options = {}) {
      const stream = await openDeliveryStream({
        name: 'Readings',
        properties: properties(),
        tables: () => options.table ?? READINGS_TABLE,
        s3Root: join(root, 's3'),
        stateDir: join(root, 'firehose'),
        bus,
        ...options,
      });
      open.push(stream);
      return stream;
    },
    crash() {
      open.length = 0;
    },
    keys,
    async rows(prefix = 'readings/') {
      const rows: Record<string, unknown>[] = [];
      for (const key of await keys(prefix)) rows.push(...(await readParquet(join(bucket, key))));
      return rows;
    },
    async errors() {
      const lines: ErrorLine[] = [];
      for (const key of await keys('errors/')) {
        const text = await readFile(join(bucket, key), 'utf8');
        for (const line of text.trimEnd().split('\n')) lines.push({ key, ...JSON.parse(line) });
      }
      return lines;
    },
  };
}

/** hyparquet: an independent reader. */
export async function readParquet(path: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(path), compressors });
}

export const parquetMetadata = async (path: string) => parquetMetadataAsync(await asyncBufferFromFile(path));

/** The bytes of an error entry. */
export const rawText = (entry: ErrorLine) => Buffer.from(entry.rawData, 'base64').toString();

/** A delivery stream on a temporary folder, and what it left there, read by parts that are not ours. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { onTestFinished } from 'vitest';
import type { CatalogTable } from '../../../../infra/local/catalog.ts';
import { EventBus, type RuntimeEvent } from '../../../../infra/local/events.ts';
import { type DeliveryStream, openDeliveryStream } from '../../../../infra/local/firehose/delivery-stream.ts';
import { PARTITION_COLUMNS, READING_COLUMNS } from '../../../../services/contract/reading.ts';

export const BUCKET = 'lake';

const partOfHour = (from: number, to: number) =>
  '(.timestamp_sent | if type == "string" and test("^[0-9]{4}-(?:0[1-9]|1[0-2])-[0-3][0-9] (?:[01][0-9]|2[0-3])$") ' +
  `then .[${from}:${to}] else error("timestamp_sent") end)`;
export const PARTITION_QUERY = `{dt:${partOfHour(0, 10)},hour:${partOfHour(11, 13)}}`;

export const READINGS_TABLE: CatalogTable = {
  database: 'telemetry',
  name: 'readings',
  columns: [...READING_COLUMNS],
  partitionKeys: [...PARTITION_COLUMNS],
  location: `s3://${BUCKET}/readings/`,
  parameters: {},
};

interface PropertyOverrides {
  query?: string;
  destination?: Record<string, unknown>;
  parquet?: Record<string, unknown>;
}

/** Properties as the CDK app renders them for readings. */
export function properties({ query = PARTITION_QUERY, destination, parquet }: PropertyOverrides = {}) {
  const parameter = (ParameterName: string, ParameterValue: string) => ({ ParameterName, ParameterValue });
  return {
    DeliveryStreamType: 'KinesisStreamAsSource',
    ExtendedS3DestinationConfiguration: {
      BucketARN: `arn:aws:s3:::${BUCKET}`,
      RoleARN: 'arn:aws:iam::000000000000:role/delivery',
      Prefix: 'readings/dt=!{partitionKeyFromQuery:dt}/hour=!{partitionKeyFromQuery:hour}/',
      ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/readings/!{timestamp:yyyy/MM/dd}/',
      BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 64 },
      DynamicPartitioningConfiguration: { Enabled: true },
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          {
            Type: 'RecordDeAggregation',
            Parameters: [parameter('SubRecordType', 'DELIMITED'), parameter('Delimiter', 'Cg==')],
          },
          {
            Type: 'MetadataExtraction',
            Parameters: [
              parameter('JsonParsingEngine', 'JQ-1.6'),
              parameter('MetadataExtractionQuery', query),
            ],
          },
        ],
      },
      DataFormatConversionConfiguration: {
        Enabled: true,
        InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
        OutputFormatConfiguration: {
          Serializer: { ParquetSerDe: { EnableDictionaryCompression: true, ...parquet } },
        },
        SchemaConfiguration: {
          CatalogId: '000000000000',
          DatabaseName: 'telemetry',
          TableName: 'readings',
          Region: 'us-east-1',
          RoleARN: 'arn:aws:iam::000000000000:role/delivery',
        },
      },
      ...destination,
    },
  };
}

export interface Harness {
  root: string;
  events: RuntimeEvent[];
  /** Opens the delivery stream: again, as after a restart. */
  open(options?: {
    properties?: unknown;
    table?: CatalogTable;
    bufferIntervalSeconds?: number;
    now?: () => number;
  }): Promise<DeliveryStream>;
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

/** Records of one shard, numbered from `first`. */
export const records = (data: (string | Uint8Array)[], first = 1) =>
  data.map((content, i) => ({
    data: typeof content === 'string' ? Buffer.from(content) : content,
    sequenceNumber: String(first + i),
    arrivalMs: Date.UTC(2026, 10, 22, 10, 0, i),
  }));

export const reading = (seq: number, overrides: Record<string, unknown> = {}) => ({
  device_id: 'dev-1',
  site_id: 'site-1',
  seq,
  temperature: 41.2,
  cpu: 50.5,
  ram: 20,
  hd: 30.25,
  timestamp: '2026-11-22T10:00:00.123Z',
  timestamp_sent: '2026-11-22 10',
  ...overrides,
});

export const line = (seq: number, overrides?: Record<string, unknown>) =>
  JSON.stringify(reading(seq, overrides));

/** The bytes of an error entry. */
export const rawText = (entry: ErrorLine) => Buffer.from(entry.rawData, 'base64').toString();

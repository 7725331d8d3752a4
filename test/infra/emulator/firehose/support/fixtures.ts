/** A delivery stream of readings as the CDK app renders it, and readings for it. */
import type { CatalogTable } from '../../../../../infra/emulator/glue/catalog.ts';
import { PARTITION_COLUMNS, READING_COLUMNS } from '../../../../../services/contract/lake-columns.ts';

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

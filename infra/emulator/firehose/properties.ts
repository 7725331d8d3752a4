/** The properties of `AWS::KinesisFirehose::DeliveryStream` that are obeyed here. */
import { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';
import { flag } from '../stack/properties.ts';
import { PARTITION_KEY_PATTERN, type PrefixTemplate, parsePrefix } from './prefix.ts';

export interface Destination {
  bucket: string;
  /** With which it writes, and with which it reads the columns. */
  roles: { write: string | undefined; schema: string | undefined };
  prefix: PrefixTemplate;
  errorPrefix: PrefixTemplate;
  bufferBytes: number;
  bufferSeconds: number;
  /** Bytes between two lines of a record; undefined where a record is one document. */
  delimiter: Uint8Array | undefined;
  /** jq query whose object holds the partition keys; undefined where the prefix does not depend on the data. */
  partitionQuery: string | undefined;
  /** Undefined where lines go into the lake as they come. */
  transform: Processor | undefined;
  schema: SchemaReference;
  parquet: ParquetOptions;
}

/** The processor of type `Lambda`. */
export interface Processor {
  functionArn: string;
  /** After a first attempt that failed. */
  retries: number;
  /** Lines that the function is given at once. */
  bufferBytes: number;
}

/** The Glue table that gives the columns, as error entries name it too. */
export interface SchemaReference {
  catalogId: string | undefined;
  databaseName: string;
  tableName: string;
  region: string | undefined;
  versionId: string;
}

export interface ParquetOptions {
  compression: 'SNAPPY' | 'GZIP' | 'UNCOMPRESSED';
  dictionary: boolean;
}

const count = z.coerce.number().int().positive();
/** Accepted, because encryption and logs do not exist here. */
const ofNoEffect = z.unknown().optional();

const processor = z.strictObject({
  Type: z.enum(['RecordDeAggregation', 'Lambda', 'MetadataExtraction']),
  Parameters: z
    .array(z.strictObject({ ParameterName: z.string(), ParameterValue: z.string() }))
    .default([])
    .transform(
      (list) => new Map(list.map(({ ParameterName, ParameterValue }) => [ParameterName, ParameterValue])),
    ),
});

const conversion = z.strictObject({
  Enabled: flag.default(true).refine((on) => on, 'Expected true: only Parquet is delivered here'),
  SchemaConfiguration: z.strictObject({
    CatalogId: z.string().optional(),
    DatabaseName: z.string(),
    TableName: z.string(),
    Region: z.string().optional(),
    RoleARN: z.string().optional(),
    VersionId: z.string().default('LATEST'),
  }),
  InputFormatConfiguration: z.strictObject({
    Deserializer: z.strictObject({
      OpenXJsonSerDe: z.strictObject({
        CaseInsensitive: flag.default(true).refine((on) => on, 'Expected true, which is the default'),
        ConvertDotsInJsonKeysToUnderscores: flag
          .default(false)
          .refine((on) => !on, 'Expected false, which is the default'),
      }),
    }),
  }),
  OutputFormatConfiguration: z.strictObject({
    Serializer: z.strictObject({
      ParquetSerDe: z.strictObject({
        Compression: z.enum(['SNAPPY', 'GZIP', 'UNCOMPRESSED']).default('SNAPPY'),
        EnableDictionaryCompression: flag.default(false),
        WriterVersion: z.literal('V1').default('V1'),
      }),
    }),
  }),
});

const s3Destination = z.strictObject({
  BucketARN: z.string().regex(/^arn:[^:]*:s3:::[^/]+$/, 'Expected the ARN of a bucket'),
  Prefix: z.string().default(''),
  ErrorOutputPrefix: z.string().default(''),
  // AWS' defaults: 128 MB for a destination that converts, 300 s for every destination.
  BufferingHints: z
    .strictObject({ SizeInMBs: count.default(128), IntervalInSeconds: count.default(300) })
    .prefault({}),
  CompressionFormat: z.literal('UNCOMPRESSED').optional(),
  CustomTimeZone: z.literal('UTC').optional(),
  S3BackupMode: z.literal('Disabled').optional(),
  DynamicPartitioningConfiguration: z
    .strictObject({ Enabled: flag.default(false), RetryOptions: ofNoEffect })
    .prefault({}),
  ProcessingConfiguration: z
    .strictObject({ Enabled: flag.default(false), Processors: z.array(processor).default([]) })
    .prefault({}),
  DataFormatConversionConfiguration: conversion,
  RoleARN: z.string().optional(),
  CloudWatchLoggingOptions: ofNoEffect,
  EncryptionConfiguration: ofNoEffect,
});

export const sourceProperties = z.object({
  KinesisStreamSourceConfiguration: z
    .object({ KinesisStreamARN: z.string(), RoleARN: z.string() })
    .optional(),
});
// Not strict, because of the source.
export const deliveryStreamProperties = z.object({ ExtendedS3DestinationConfiguration: s3Destination });

/**
 * The destination of a delivery stream, from its resolved CloudFormation properties.
 * @throws SetupError which names the property that is not supported here
 */
export function parseDestination(name: string, properties: unknown): Destination {
  const unsupported = (path: string, problem: string) =>
    new SetupError(`Delivery stream ${name}, ${path}: ${problem}. The local Firehose cannot run this.`);
  const result = deliveryStreamProperties.safeParse(properties);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw unsupported(issue?.path.join('.') ?? 'properties', issue?.message ?? 'not understood');
  }
  const s3 = result.data.ExtendedS3DestinationConfiguration;
  const { SchemaConfiguration: schema, OutputFormatConfiguration: output } =
    s3.DataFormatConversionConfiguration;
  const parquet = output.Serializer.ParquetSerDe;
  const processors = s3.ProcessingConfiguration.Enabled ? s3.ProcessingConfiguration.Processors : [];
  const parameters = (type: string) => processors.find((candidate) => candidate.Type === type)?.Parameters;

  const prefix = parsePrefix(s3.Prefix);
  const errorPrefix = parsePrefix(s3.ErrorOutputPrefix);
  const partitionQuery = parameters('MetadataExtraction')?.get('MetadataExtractionQuery');
  if (partitionQuery !== undefined && !s3.DynamicPartitioningConfiguration.Enabled) {
    throw unsupported(
      'DynamicPartitioningConfiguration',
      'Expected it enabled, as there is a partition query',
    );
  }
  if (prefix.keys.length > 0 && partitionQuery === undefined) {
    throw unsupported('Prefix', `${PARTITION_KEY_PATTERN} needs a MetadataExtraction processor`);
  }
  return {
    bucket: s3.BucketARN.slice(s3.BucketARN.lastIndexOf(':') + 1),
    roles: { write: s3.RoleARN, schema: schema.RoleARN },
    prefix,
    errorPrefix,
    bufferBytes: s3.BufferingHints.SizeInMBs * 1024 * 1024,
    bufferSeconds: s3.BufferingHints.IntervalInSeconds,
    delimiter: delimiterOf(parameters('RecordDeAggregation'), unsupported),
    partitionQuery,
    transform: transformOf(parameters('Lambda'), unsupported),
    schema: {
      catalogId: schema.CatalogId,
      databaseName: schema.DatabaseName,
      tableName: schema.TableName,
      region: schema.Region,
      versionId: schema.VersionId,
    },
    parquet: { compression: parquet.Compression, dictionary: parquet.EnableDictionaryCompression },
  };
}

/** `BufferIntervalInSeconds` has no effect: nobody waits here for more lines. */
const lambdaParameters = z.strictObject({
  LambdaArn: z.string(),
  NumberOfRetries: z.coerce.number().int().min(0).max(300).default(3),
  BufferSizeInMBs: z.coerce.number().min(0.2).max(3).default(1),
  BufferIntervalInSeconds: z.coerce.number().min(0).max(900).optional(),
  RoleArn: z.string().optional(),
});

function transformOf(
  parameters: Map<string, string> | undefined,
  unsupported: (path: string, problem: string) => SetupError,
): Processor | undefined {
  if (!parameters) return undefined;
  const { data, error } = lambdaParameters.safeParse(Object.fromEntries(parameters));
  if (!data) throw unsupported(`Lambda.${error.issues[0]?.path.join('.')}`, `${error.issues[0]?.message}`);
  const { LambdaArn: functionArn, NumberOfRetries: retries, BufferSizeInMBs } = data;
  return { functionArn, retries, bufferBytes: BufferSizeInMBs * 1024 * 1024 };
}

/** In the template the delimiter is base64: `Cg==` is a newline. */
function delimiterOf(
  parameters: Map<string, string> | undefined,
  unsupported: (path: string, problem: string) => SetupError,
): Uint8Array | undefined {
  if (!parameters) return undefined;
  const type = parameters.get('SubRecordType');
  const delimiter = Buffer.from(parameters.get('Delimiter') ?? '', 'base64');
  if (type === 'DELIMITED' && delimiter.length > 0) return delimiter;
  throw unsupported('RecordDeAggregation', `Expected SubRecordType DELIMITED with a Delimiter, got ${type}`);
}

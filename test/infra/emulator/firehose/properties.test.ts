import { expect, test } from 'vitest';
import { SetupError } from '../../../../infra/emulator/base/setup-error.ts';
import { parseDestination } from '../../../../infra/emulator/firehose/properties.ts';
import { properties } from './support/fixtures.ts';

const parse = (value: unknown) => parseDestination('Readings', value);

test('what the template says, and defaults where it says nothing', () => {
  expect(parse(properties())).toMatchObject({
    bucket: 'lake',
    bufferBytes: 64 * 1024 * 1024,
    bufferSeconds: 60,
    delimiter: Buffer.from('\n'),
    schema: { databaseName: 'telemetry', tableName: 'readings', versionId: 'LATEST' },
    parquet: { compression: 'SNAPPY', dictionary: true },
  });
  const bare = properties({ destination: { BufferingHints: undefined } });
  expect(parse(bare)).toMatchObject({ bufferBytes: 128 * 1024 * 1024, bufferSeconds: 300 });
});

test('without processors a record is one document, and the prefix does not depend on the data', () => {
  const plain = {
    ProcessingConfiguration: undefined,
    DynamicPartitioningConfiguration: undefined,
    Prefix: 'a/',
  };
  expect(parse(properties({ destination: plain }))).toMatchObject({
    delimiter: undefined,
    partitionQuery: undefined,
  });
});

const processors = (...Processors: unknown[]) => ({ ProcessingConfiguration: { Enabled: true, Processors } });

test.each([
  ['CompressionFormat', { CompressionFormat: 'GZIP' }],
  ['S3BackupMode', { S3BackupMode: 'Enabled' }],
  ['FileExtension', { FileExtension: '.pq' }],
  ['CustomTimeZone', { CustomTimeZone: 'Asia/Tokyo' }],
  ['DataFormatConversionConfiguration', { DataFormatConversionConfiguration: undefined }],
  ['Processors.0.Type', processors({ Type: 'Decompression' })],
  ['Lambda.LambdaArn', { ...processors({ Type: 'Lambda' }), Prefix: 'a/' }],
  ['RecordDeAggregation', { ...processors({ Type: 'RecordDeAggregation' }), Prefix: 'a/' }],
  ['DynamicPartitioningConfiguration', { DynamicPartitioningConfiguration: { Enabled: false } }],
  ['Prefix', processors()],
])('%s is refused in one sentence that names it', (name, destination) => {
  const refused = () => parse(properties({ destination }));
  expect(refused).toThrow(SetupError);
  expect(refused).toThrow(name);
});

test('page version 2 is refused', () => {
  expect(() => parse(properties({ parquet: { WriterVersion: 'V2' } }))).toThrow(/WriterVersion/);
});

/** Readings → Parquet files in the lake. */
import type { Database, S3Table } from 'aws-cdk-lib/aws-glue';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { SENT_HOUR_PATTERN } from '../../services/contract/reading.ts';
import type { Config } from './config.ts';
import { ParquetDelivery } from './parquet-delivery.ts';
import { READINGS_PREFIX } from './storage.ts';

interface LakeProps {
  config: Config;
  stream: Stream;
  bucket: Bucket;
  database: Database;
  readings: S3Table;
}

export class Lake extends Construct {
  readonly readings: ParquetDelivery;

  constructor(scope: Construct, id: string, { config, stream, bucket, database, readings }: LakeProps) {
    super(scope, id);
    this.readings = new ParquetDelivery(this, 'Readings', {
      config,
      source: stream,
      bucket,
      database,
      table: readings,
      prefix: READINGS_PREFIX,
      partitions: {
        dt: slice('timestamp_sent', SENT_HOUR_PATTERN, 0, 10),
        hour: slice('timestamp_sent', SENT_HOUR_PATTERN, 11, 13),
      },
    });
  }
}

/**
 * jq: part of a field, if the field has the form it must have. Without that check jq gives a missing or mistyped field
 * an empty key, silently, and the record would land in a folder that no query looks into.
 */
function slice(field: string, pattern: RegExp, from: number, to: number): string {
  // jq's `\\d` also matches the digits of other scripts; JavaScript's does not.
  const ascii = pattern.source.replaceAll('\\d', '[0-9]');
  const valid = `type == "string" and test(${JSON.stringify(ascii)})`;
  return `(.${field} | if ${valid} then .[${from}:${to}] else error("${field}") end)`;
}

/** What schedules have Athena run for the trusted layer. Statements that also run locally are in the contract. */
import {
  daysToLookBack,
  mergeStatement,
  nightlySlices,
  OPTIMIZE_STATEMENT,
  TRUSTED_COLUMNS,
  TRUSTED_TABLE,
  VACUUM_STATEMENT,
} from '../../../services/contract/trusted.ts';
import type { Config } from '../settings/config.ts';

/**
 * Files per day, so that a query about one device reads an eighth of a day. More files would help it further, but a
 * statement that merges four days of sending may write this many files for each of twelve days, and Athena keeps at most
 * 100 open.
 */
const BUCKETS = 8;

/** DDL is in Hive's dialect: names are in backticks, and an apostrophe cannot be escaped by doubling it. */
function createStatement(location: string): string {
  const columns = TRUSTED_COLUMNS.map(
    ({ name, type, comment }) => `  \`${name}\` ${type} COMMENT '${comment.replaceAll("'", '’')}'`,
  );
  return `CREATE TABLE IF NOT EXISTS ${TRUSTED_TABLE} (
${columns.join(',\n')}
)
PARTITIONED BY (day(\`timestamp\`), bucket(${BUCKETS}, \`device_id\`))
LOCATION '${location}'
TBLPROPERTIES ('table_type' = 'ICEBERG', 'format' = 'parquet', 'write_compression' = 'snappy')`;
}

/** S3 deletes raw files by age. Files of an Iceberg table must be deleted through the table, or they break it. */
const expireStatement = (days: number) =>
  `DELETE FROM ${TRUSTED_TABLE} WHERE "timestamp" < CAST(current_date - interval '${days}' day AS timestamp(6))`;

/** @param readings name of the raw table. It and `location` may be CDK tokens */
export function trustedStatements(readings: string, location: string, config: Config) {
  const { streamRetentionHours, lakeRetentionDays } = config;
  return {
    create: createStatement(location),
    /** The newest days first. */
    merges: nightlySlices(daysToLookBack(streamRetentionHours)).map((days) => mergeStatement(readings, days)),
    /** Only if readings are not kept forever. */
    expire: lakeRetentionDays > 0 ? expireStatement(lakeRetentionDays) : undefined,
    optimize: OPTIMIZE_STATEMENT,
    vacuum: VACUUM_STATEMENT,
  };
}

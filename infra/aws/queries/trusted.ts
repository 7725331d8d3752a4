/** What a schedule has Athena do for the trusted layer. Statements that run locally too are the contract's. */
import {
  daysToLookBack,
  lastDays,
  mergeStatement,
  OPTIMIZE_STATEMENT,
  TRUSTED_COLUMNS,
  TRUSTED_TABLE,
  VACUUM_STATEMENT,
} from '../../../services/contract/trusted.ts';
import type { Config } from '../settings/config.ts';

/**
 * Files per day, so that a question about one device reads an eighth of a day. More would help it further, but a
 * night that takes in a week of late readings writes as many files for each of ten days, and Athena keeps no more
 * than 100 open.
 */
const BUCKETS = 8;

/** DDL is Hive's language: names in backticks, and no way to double an apostrophe. */
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

/** S3 deletes raw files by their age; a file of an Iceberg table is deleted by the table, or it is broken. */
const expireStatement = (days: number) =>
  `DELETE FROM ${TRUSTED_TABLE} WHERE "timestamp" < CAST(current_date - interval '${days}' day AS timestamp(6))`;

/** @param readings name of the raw table. It and `location` may be CDK tokens */
export function trustedStatements(readings: string, location: string, config: Config) {
  const { streamRetentionHours, lakeRetentionDays } = config;
  return {
    create: createStatement(location),
    merge: mergeStatement(readings, lastDays(daysToLookBack(streamRetentionHours))),
    /** Only where readings are not kept for ever. */
    expire: lakeRetentionDays > 0 ? expireStatement(lakeRetentionDays) : undefined,
    optimize: OPTIMIZE_STATEMENT,
    vacuum: VACUUM_STATEMENT,
  };
}

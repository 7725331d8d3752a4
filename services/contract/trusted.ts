/**
 * The trusted layer: the readings of the lake once each, with real timestamps. What "the same reading" means, which
 * readings are let in and in which SQL stands here once: a schedule runs these statements in AWS, `npm run compact`
 * runs them anywhere. Why each part is as it is: docs/trusted-layer.md.
 */

import { type LakeColumn, READING_COLUMNS } from './lake-columns.ts';
import { instant } from './lake-sql.ts';

export const TRUSTED_TABLE = 'readings_trusted';
/** Folder of the table in the lake's bucket. */
export const TRUSTED_PREFIX = 'trusted/readings/';

/** Readings that agree in all of these are the same reading, however often and whenever they were sent. */
export const READING_KEY = ['site_id', 'device_id', 'seq', 'timestamp'] as const;

/** In which order files hold the readings: one device's hour is then a few pages of one file, also without its site. */
export const TRUSTED_ORDER = ['device_id', 'site_id', 'timestamp', 'seq'] as const;

/** A reading that is sent later than this after it was made, in days, stays in the raw layer only. */
export const MAX_LATENESS_DAYS = 7;
/** How far ahead of its sending a clock may run, in days: beyond it, the time is nonsense. */
const MAX_AHEAD_DAYS = 1;
/** Days beyond the stream's retention for which the job may fail, without a reading missing from the trusted layer. */
const SPARE_DAYS = 2;

/** Times are text in the raw layer, and timestamps (without zone, UTC) here. */
const TIMES: Record<string, string> = {
  timestamp: 'When the reading was made, UTC',
  timestamp_sent: 'The hour in which it was sent first, UTC',
};
/** The table's columns: those of a reading, in its order. */
export const TRUSTED_COLUMNS: readonly LakeColumn[] = READING_COLUMNS.map((column) => {
  const meaning = TIMES[column.name];
  return meaning === undefined ? column : { name: column.name, type: 'timestamp', comment: meaning };
});

/** Days of sending that a statement looks at, each an expression of text `YYYY-MM-DD`. */
export interface SendingDays {
  first: string;
  /** Left out, up to now. */
  last?: string;
}

/**
 * How many days of sending a daily job looks back. A reading lands in the partition of the hour in which it was sent,
 * so even one made a week ago lands in today's. Older partitions still grow only while Firehose retries, which it does
 * for as long as the stream keeps the records.
 */
export const daysToLookBack = (streamRetentionHours: number): number =>
  Math.ceil(streamRetentionHours / 24) + SPARE_DAYS;

const daysAgo = (days: number) => `date_format(current_timestamp - interval '${days}' day, '%Y-%m-%d')`;

/** The last so many days of sending, up to now. */
export const lastDays = (days: number): SendingDays => ({ first: daysAgo(days) });

/** Days of sending that one statement takes in, and the most statements of one night. */
const SLICE_DAYS = 3;
const MAX_SLICES = 3;

/**
 * The same in parts, the newest first. Athena keeps at most 100 writers open in a statement, one for each day and bucket
 * of the table, and what is sent on one day may have been made on nine.
 */
export function nightlySlices(days: number): SendingDays[] {
  const slices = [lastDays(Math.min(days, SLICE_DAYS))];
  for (let last = SLICE_DAYS + 1; last <= days && slices.length < MAX_SLICES; last += SLICE_DAYS) {
    slices.push({ first: daysAgo(Math.min(days, last + SLICE_DAYS - 1)), last: daysAgo(last) });
  }
  return slices;
}

const names = TRUSTED_COLUMNS.map(({ name }) => name);
const quoted = (name: string) => `"${name}"`;
const list = (columns: readonly string[], table = '') =>
  columns.map((name) => `${table}${quoted(name)}`).join(', ');
const others = names.filter((name) => TIMES[name] === undefined);

const key: readonly string[] = READING_KEY;

/** Rows of the raw layer with real times; NULL where a text is none: one bad row must not stop the job for good. */
const parsed = (readings: string, { first, last }: SendingDays) => `
    SELECT ${list(others)},
           CAST(${instant('"timestamp"')} AS timestamp(6)) AS "timestamp",
           CAST(try(date_parse(timestamp_sent, '%Y-%m-%d %H')) AS timestamp(6)) AS timestamp_sent
    FROM ${readings}
    WHERE dt >= ${first}${last === undefined ? '' : ` AND dt <= ${last}`}`;

/** Relative to its own sending: so the answer is the same whenever it is asked. */
const ADMITTED = `${READING_KEY.map((name) => `${quoted(name)} IS NOT NULL`).join(' AND ')}
    AND "timestamp" >= timestamp_sent - interval '${MAX_LATENESS_DAYS}' day
    AND "timestamp" < timestamp_sent + interval '${MAX_AHEAD_DAYS}' day`;

/** Each admitted reading once. Of several copies the one that was sent first; of those, always the same. */
const distinct = (readings: string, days: SendingDays) => `
  SELECT ${list(names)}
  FROM (
    SELECT *, row_number() OVER (
      PARTITION BY ${list(READING_KEY)}
      ORDER BY timestamp_sent, ${list(others.filter((name) => !key.includes(name)))}
    ) AS copy
    FROM (${parsed(readings, days)}
    )
    WHERE ${ADMITTED}
  )
  WHERE copy = 1`;

/**
 * Brings the readings sent on these days into the trusted layer. Run again, it changes nothing.
 * @param readings name of the raw table, in the database in which the statement is run
 */
export function mergeStatement(readings: string, days: SendingDays): string {
  const sameReading = READING_KEY.map((name) => `t.${quoted(name)} = s.${quoted(name)}`).join(' AND ');
  return `MERGE INTO ${TRUSTED_TABLE} t
USING (${distinct(readings, days)}
) s
ON ${sameReading}
  -- True of every match: nothing admitted is older. It spares the job from reading all of history.
  AND t."timestamp" >= date_parse(${days.first}, '%Y-%m-%d') - interval '${MAX_LATENESS_DAYS}' day
WHEN NOT MATCHED THEN INSERT (${list(names)})
VALUES (${list(names, 's.')})`;
}

/** Few large files instead of many small ones. (The name stays unquoted: VACUUM takes no double quotes.) */
export const OPTIMIZE_STATEMENT = `OPTIMIZE ${TRUSTED_TABLE} REWRITE DATA USING BIN_PACK`;

/** Deletes files that no snapshot within the retention needs any more. */
export const VACUUM_STATEMENT = `VACUUM ${TRUSTED_TABLE}`;

/** The names of the table's columns, a row each; no row where there is no table. */
export const columnsStatement = (database: string): string =>
  `SELECT column_name FROM information_schema.columns WHERE table_schema = '${database}' AND table_name = '${TRUSTED_TABLE}'`;

/** What the table lacks of the contract, and the statement that adds it. Rows that are there have NULL in it. */
export function addColumnsStatement(present: readonly string[]): { sql: string; names: string[] } {
  const missing = TRUSTED_COLUMNS.filter(({ name }) => !present.includes(name));
  const added = missing.map(({ name, type }) => `${name} ${type}`).join(', ');
  return {
    sql: `ALTER TABLE ${TRUSTED_TABLE} ADD COLUMNS (${added})`,
    names: missing.map(({ name }) => name),
  };
}

/** One row: `rows` in the raw layer, those of them `admitted`, and how many different `readings` these are. */
export function countStatement(readings: string, days: SendingDays): string {
  return `SELECT sum(copies) AS "rows",
       sum(CASE WHEN admitted THEN copies ELSE 0 END) AS admitted,
       count_if(admitted) AS readings
FROM (
  SELECT coalesce(${ADMITTED}, false) AS admitted, count(*) AS copies
  FROM (${parsed(readings, days)}
  )
  GROUP BY ${list(READING_KEY)}, coalesce(${ADMITTED}, false)
)`;
}

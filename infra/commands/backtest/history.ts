/** History from Athena: of devices that breach a rule, or of all where some rule needs their past or their silence. */
import { DEVICE, instant } from '../../../services/contract/lake-sql.ts';
import { isReading, READING_COLUMNS, type Reading } from '../../../services/contract/reading.ts';
import type { Rule } from '../../../services/contract/rule.ts';
import { breachCondition } from '../../../services/contract/threshold.ts';
import type { QueryResult } from '../../cli/athena-client.ts';
import { formatNumber, minuteOf } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';

export interface LakeHistory {
  /** Readings that rules look at, in order of time. */
  readings: Reading[];
  /** Of all devices. */
  total: number;
  devices: number;
  /** Event time of the first and the last. */
  from: string;
  to: string;
  scannedBytes: number;
}

/** `onRows` is told how many rows have come so far. */
type Run = (sql: string, onRows?: (rows: number) => void) => Promise<QueryResult>;

/** Maximum number of rows: they are held in memory, and AWS sends about a thousand a second. */
const MAX_ROWS = 2_000_000;
const DAY_MS = 86_400_000;
const TIME = instant('"timestamp"');
/** In the contract's own form: %f are microseconds. */
const text = (time: string) => `substr(date_format(${time}, '%Y-%m-%dT%H:%i:%s.%f'), 1, 23) || 'Z'`;

/**
 * @param span event times, ms since the epoch
 * @throws UserError where there are no readings, or too many
 */
export async function readHistory(
  run: Run,
  table: string,
  { since, now }: { since: number; now: number },
  rules: readonly Rule[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<LakeHistory> {
  const iso = new Date(since).toISOString();
  // The partition is the day of sending, which may be the day before if the sender's clock is slow.
  const firstDay = new Date(since - DAY_MS).toISOString().slice(0, 10);
  const end = new Date(now + DAY_MS).toISOString();
  const where = `dt >= '${firstDay}' AND ${TIME} BETWEEN from_iso8601_timestamp('${iso}') AND from_iso8601_timestamp('${end}')`;
  const all = await run(
    `SELECT count(*), count(DISTINCT ${DEVICE}), ${text(`min(${TIME})`)}, ${text(`max(${TIME})`)} FROM ${table} WHERE ${where}`,
  );
  const [total, deviceCount, from, to] = all.rows[0] ?? [];
  if (!from || !to) {
    throw new UserError(`There are no readings since ${minuteOf(iso)} UTC. Look further back: --since 7d`);
  }
  const devices = devicesThatBreach(rules, table, where);
  const relevant = devices === undefined ? where : `${where} AND ${DEVICE} IN (${devices})`;
  const count = await run(`SELECT count(*) FROM ${table} WHERE ${relevant}`);
  const rows = Number(count.rows[0]?.[0] ?? 0);
  if (rows > MAX_ROWS) {
    throw new UserError(
      `${formatNumber(rows)} readings are too many to replay (at most ${formatNumber(MAX_ROWS)}). Look less far back with --since.`,
    );
  }
  const found = await run(
    `SELECT ${READING_COLUMNS.map(({ name }) => `"${name}"`).join(', ')} FROM ${table} WHERE ${relevant} ORDER BY ${TIME}, site_id, device_id, seq`,
    // The names of the columns come as a row.
    (read) => onProgress(Math.min(read, rows), rows),
  );
  const scannedBytes = [all, count, found].reduce((sum, result) => sum + (result.scannedBytes ?? 0), 0);
  const readings = found.rows.flatMap(toReading);
  return { readings, total: Number(total), devices: Number(deviceCount), from, to, scannedBytes };
}

/** NULL is a metric that the reading left out. Rows that are not readings were refused by the detector as well. */
function toReading(row: (string | null)[]): Reading[] {
  const fields = READING_COLUMNS.flatMap(({ name, type }, i) => {
    const value = row[i] ?? null;
    return value === null ? [] : [[name, type === 'string' ? value : Number(value)]];
  });
  const candidate: unknown = Object.fromEntries(fields);
  return isReading(candidate) ? [candidate] : [];
}

/** Devices with a reading that breaches a rule; undefined where rules look at all. Selectors are left to the replay. */
function devicesThatBreach(rules: readonly Rule[], table: string, where: string): string | undefined {
  const conditions = rules.map((rule) =>
    rule.kind === 'threshold' ? breachCondition(rule.metric, rule.operator, rule.threshold) : undefined,
  );
  if (conditions.includes(undefined)) return undefined;
  return `SELECT ${DEVICE} FROM ${table} WHERE ${where} AND (${[...new Set(conditions)].join(' OR ')})`;
}

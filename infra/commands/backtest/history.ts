/** History from Athena: only of devices for which some rule may ever say something. */
import { isReading, type Reading } from '../../../services/contract/reading.ts';
import type { Rule } from '../../../services/contract/rule.ts';
import type { QueryResult } from '../../cli/athena-client.ts';
import { formatNumber, minuteOf } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';

export interface LakeHistory {
  /** Of devices that breach some rule, in order of site, device and time. */
  readings: Reading[];
  /** Of all devices. */
  total: number;
  devices: number;
  /** Event time of the first and the last. */
  from: string;
  to: string;
  scannedBytes: number;
}

type Run = (sql: string) => Promise<QueryResult>;

/** Rows that are fetched at most: they are held in memory, and come a thousand a second or so from AWS. */
const MAX_ROWS = 2_000_000;
const COLUMNS = [
  'device_id',
  'site_id',
  'seq',
  'temperature',
  'cpu',
  'ram',
  'hd',
  'timestamp',
  'timestamp_sent',
];
const NUMBERS = new Set(['seq', 'temperature', 'cpu', 'ram', 'hd']);
const DAY_MS = 86_400_000;

/**
 * @param span event times, ms since the epoch
 * @throws UserError where there is nothing, or too much
 */
export async function readHistory(
  run: Run,
  table: string,
  { since, now }: { since: number; now: number },
  rules: readonly Rule[],
): Promise<LakeHistory> {
  const iso = new Date(since).toISOString();
  // The partition is the day of sending, which a sender whose clock is slow may call the day before.
  const firstDay = new Date(since - DAY_MS).toISOString().slice(0, 10);
  // The end keeps text out that is no time: Firehose looks at types only.
  const end = new Date(now + DAY_MS).toISOString();
  const where = `dt >= '${firstDay}' AND "timestamp" BETWEEN '${iso}' AND '${end}'`;
  const all = await run(
    `SELECT count(*), count(DISTINCT site_id || ' ' || device_id), min("timestamp"), max("timestamp") FROM ${table} WHERE ${where}`,
  );
  const [total, devices, from, to] = all.rows[0] ?? [];
  if (!from || !to) {
    throw new UserError(`There are no readings since ${minuteOf(iso)} UTC. Look further back: --since 7d`);
  }
  const relevant = `${where} AND device_id IN (SELECT device_id FROM ${table} WHERE ${where} AND (${mayBreach(rules)}))`;
  const count = await run(`SELECT count(*) FROM ${table} WHERE ${relevant}`);
  const rows = Number(count.rows[0]?.[0] ?? 0);
  if (rows > MAX_ROWS) {
    throw new UserError(
      `${formatNumber(rows)} readings are too many to replay (at most ${formatNumber(MAX_ROWS)}). Look less far back with --since.`,
    );
  }
  const found = await run(
    `SELECT ${COLUMNS.map((name) => `"${name}"`).join(', ')} FROM ${table} WHERE ${relevant} ORDER BY site_id, device_id, "timestamp", seq`,
  );
  const scannedBytes = [all, count, found].reduce((sum, result) => sum + (result.scannedBytes ?? 0), 0);
  const readings = found.rows.flatMap(toReading);
  return { readings, total: Number(total), devices: Number(devices), from, to, scannedBytes };
}

/** A row that is no reading is none that the detector would have evaluated. */
function toReading(row: (string | null)[]): Reading[] {
  const values = COLUMNS.map((name, i) => {
    const value = row[i] ?? null;
    return [name, NUMBERS.has(name) && value !== null ? Number(value) : value];
  });
  const candidate: unknown = Object.fromEntries(values);
  return isReading(candidate) ? [candidate] : [];
}

/** SQL: is there a rule that calls this reading a breach? Selectors are left to the replay. */
export function mayBreach(rules: readonly Rule[]): string {
  const conditions = rules.map(({ metric, operator, threshold }) =>
    typeof threshold === 'number'
      ? `${metric} ${operator} ${number(threshold)}`
      : `${metric} < ${number(threshold.min)} OR ${metric} > ${number(threshold.max)}`,
  );
  return [...new Set(conditions)].join(' OR ');
}

/** A double in SQL: `80` alone would be an integer, and `1e21` no decimal. */
const number = (value: number) => `${value.toExponential().replace('e+', 'e')}`;

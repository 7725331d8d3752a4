/** Which column is what, and rows as readings. */
import { explainReading } from '../../../services/contract/explain-reading.ts';
import { formatTimestamp, isReading, type Metric, type Reading } from '../../../services/contract/reading.ts';
import { LAKE_FIRST_DAY } from '../../../services/contract/time.ts';
import { usualTime } from '../../cli/series/header.ts';
import { fromLocalTimes } from '../../cli/series/local-times.ts';
import { type DecimalMark, Numbers } from '../../cli/series/numbers.ts';
import type { TimeFormat } from '../../cli/series/time-forms.ts';
import { shorten, Times } from '../../cli/series/times.ts';
import { UserError } from '../../cli/user-error.ts';

/** A column's name, or after `=` a text for every row. */
export interface Mapping {
  device: string;
  site: string;
  /** By the usual names where it is not named. */
  time?: string | undefined;
  /** Metric → column. */
  metrics: Partial<Record<Metric, string>>;
  timeFormat?: TimeFormat | undefined;
  decimal?: DecimalMark | undefined;
  /** Of times that name none, such as Europe/Berlin; UTC without it. */
  zone?: string | undefined;
  /** Moves all times so that the last is this one, ms since the epoch. */
  endMs?: number | undefined;
}

/** Column → cell. */
export interface Row {
  line: number;
  cells: Readonly<Record<string, unknown>>;
}

export interface Mapped {
  /** In order of time; `seq` counts those of each device from 0. */
  readings: Reading[];
  skipped: number;
  /** Why the first of them were. */
  problems: string[];
  notices: string[];
}

const MAX_PROBLEMS = 5;
/** The first day that the lake's partitions know. */
const FIRST_MS = Date.parse(LAKE_FIRST_DAY);

type Undated = Omit<Reading, 'seq' | 'timestamp' | 'timestamp_sent'>;

/** @throws UserError, a misuse, where a column is missing, or the times are not the lake's */
export function mapRows(rows: readonly Row[], mapping: Mapping, columns: readonly string[]): Mapped {
  const times = new Times(mapping.timeFormat);
  const undated: Undated[] = [];
  const timesMs: number[] = [];
  const zoneless: boolean[] = [];
  const problems: string[] = [];
  let skipped = 0;
  const skip = (line: number, reason: string) => {
    skipped += 1;
    if (problems.length < MAX_PROBLEMS) problems.push(`line ${line}: ${reason}`);
  };
  const take = readers(mapping, columns);
  for (const { line, cells } of rows) {
    const timeMs = times.read(take.time(cells), line);
    const fields = take.fields(cells, line);
    const problem =
      typeof timeMs === 'string'
        ? timeMs
        : typeof fields === 'string'
          ? fields
          : explainReading({ ...fields, ...ANY_TIME });
    if (problem !== undefined || typeof timeMs === 'string' || typeof fields === 'string') {
      skip(line, problem ?? '');
      continue;
    }
    timesMs.push(timeMs);
    zoneless.push(times.zoneless);
    undated.push(fields);
  }
  const undecided = times.settle(timesMs) ?? take.undecided();
  if (undecided !== undefined) throw UserError.misuse(undecided);
  if (mapping.zone !== undefined) {
    const toMoment = fromLocalTimes(mapping.zone);
    for (const [i, ms] of timesMs.entries()) if (zoneless[i]) timesMs[i] = toMoment(ms);
  }
  const notices = [
    ...times.notices,
    ...take.notices(),
    ...(mapping.zone === undefined && zoneless.includes(true)
      ? ['Times that name no zone are read as UTC (--zone Europe/Berlin where they are local).']
      : []),
  ];
  return { readings: dated(undated, timesMs, mapping.endMs), skipped, problems, notices };
}

/** What a reading needs besides, to be explained. */
const ANY_TIME = { seq: 0, timestamp: '2026-01-01T00:00:00.000Z', timestamp_sent: '2026-01-01 00' };

/** How each part is read from a row. */
function readers({ device, site, time, metrics, decimal }: Mapping, columns: readonly string[]) {
  const [deviceOf, siteOf] = [cellOf(device, '--device', columns), cellOf(site, '--site', columns)];
  const timesOf = timeColumns(time, columns).map((name) => cellOf(name, '--time', columns));
  const measured = (Object.entries(metrics) as [Metric, string][]).map(([metric, column]) => ({
    ...{ metric, numbers: new Numbers(metric, decimal) },
    of: cellOf(column, `--metric ${metric}=`, columns),
  }));
  return {
    time: (cells: Row['cells']) => timesOf.map((of) => textOf(of(cells))).join(' '),
    /** A sentence where a cell is not a number. */
    fields(cells: Row['cells'], line: number): Undated | string {
      const values: Partial<Record<Metric, number | null>> = {};
      for (const { metric, numbers, of } of measured) {
        const text = textOf(of(cells));
        const value = MISSING.test(text) ? null : numbers.read(text, line);
        if (typeof value === 'string') return `${metric}: ${value}`;
        values[metric] = value;
      }
      return { device_id: idOf(textOf(deviceOf(cells))), site_id: idOf(textOf(siteOf(cells))), ...values };
    },
    undecided: () => measured.map(({ numbers }) => numbers.settle()).find((problem) => problem !== undefined),
    notices: () => [...new Set(measured.flatMap(({ numbers }) => numbers.notices))],
  };
}

type CellOf = (cells: Row['cells']) => unknown;

/** @throws UserError, a misuse, where no column is called so, in any capitals */
function cellOf(source: string, flag: string, columns: readonly string[]): CellOf {
  if (source.startsWith('=')) return () => source.slice(1);
  const alike = columns.filter((name) => name.toLowerCase() === source.toLowerCase());
  const name = columns.includes(source) ? source : alike[0];
  if (name !== undefined && (name === source || alike.length === 1)) return (cells) => cells[name];
  throw UserError.misuse(
    `${flag} ${source}: Expected one of the columns ${columns.map((known) => shorten(known)).join(', ')}`,
  );
}

function timeColumns(named: string | undefined, columns: readonly string[]): string[] {
  if (named !== undefined) return [named];
  const usual = usualTime(columns, '--time');
  if (typeof usual === 'string') throw UserError.misuse(usual);
  return usual.map((index) => columns[index] ?? '');
}

const textOf = (value: unknown) => (value === undefined || value === null ? '' : String(value).trim());

/** What an id may not have becomes a hyphen: names of other systems have spaces and slashes. */
const idOf = (text: string) => text.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 64);

/** How programs write that there is no value. */
const MISSING = /^(?:|nan|null|none|n\/?a|unavailable|unknown)$/i;

function dated(
  undated: readonly Undated[],
  timesMs: readonly number[],
  endMs: number | undefined,
): Reading[] {
  const moveMs =
    endMs === undefined ? 0 : endMs - timesMs.reduce((last, ms) => Math.max(last, ms), -Infinity);
  const order = [...timesMs.keys()].sort((a, b) => (timesMs[a] ?? 0) - (timesMs[b] ?? 0) || a - b);
  const earliest = (timesMs[order[0] ?? 0] ?? FIRST_MS) + moveMs;
  if (earliest < FIRST_MS) {
    throw UserError.misuse(
      `Expected times from 2024 on, where the lake's partitions begin, got ${formatTimestamp(earliest)}. Move them with --end now`,
    );
  }
  const next = new Map<string, number>();
  return order.flatMap((i) => {
    const fields = undated[i] as Undated;
    const timestamp = formatTimestamp((timesMs[i] ?? 0) + moveMs);
    const device = `${fields.site_id}\n${fields.device_id}`;
    const seq = next.get(device) ?? 0;
    next.set(device, seq + 1);
    // As if sent at the end of its day: a partition a day, and in time for the trusted layer.
    const reading = { ...fields, seq, timestamp, timestamp_sent: `${timestamp.slice(0, 10)} 23` };
    return isReading(reading) ? [reading] : [];
  });
}

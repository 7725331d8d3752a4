/** Which column is what, and rows as readings. */
import {
  explainReading,
  formatTimestamp,
  isReading,
  type Metric,
  type Reading,
} from '../../../services/contract/reading.ts';
import type { TimeFormat } from '../../cli/series/time-forms.ts';
import { shorten, Times } from '../../cli/series/times.ts';
import { UserError } from '../../cli/user-error.ts';

/** A column's name, or after `=` a text for every row. */
export interface Mapping {
  device: string;
  site: string;
  time: string;
  /** Metric → column. */
  metrics: Partial<Record<Metric, string>>;
  timeFormat?: TimeFormat | undefined;
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
const FIRST_MS = Date.parse('2024-01-01T00:00:00Z');

type Undated = Omit<Reading, 'seq' | 'timestamp' | 'timestamp_sent'>;

/** @throws UserError, a misuse, where a column is missing, or the times are not the lake's */
export function mapRows(rows: readonly Row[], mapping: Mapping, columns: readonly string[]): Mapped {
  const times = new Times(mapping.timeFormat);
  const undated: Undated[] = [];
  const timesMs: number[] = [];
  const problems: string[] = [];
  let skipped = 0;
  const skip = (line: number, reason: string) => {
    skipped += 1;
    if (problems.length < MAX_PROBLEMS) problems.push(`line ${line}: ${reason}`);
  };
  const take = readers(mapping, columns);
  for (const { line, cells } of rows) {
    const timeMs = times.read(take.time(cells), line);
    const fields = take.fields(cells);
    const problem = typeof timeMs === 'string' ? timeMs : explainReading({ ...fields, ...ANY_TIME });
    if (problem !== undefined || typeof timeMs === 'string') {
      skip(line, problem ?? '');
      continue;
    }
    timesMs.push(timeMs);
    undated.push(fields);
  }
  const undecided = times.settle(timesMs);
  if (undecided !== undefined) throw UserError.misuse(undecided);
  return { readings: dated(undated, timesMs, mapping.endMs), skipped, problems, notices: times.notices };
}

/** What a reading needs besides, to be explained. */
const ANY_TIME = { seq: 0, timestamp: '2026-01-01T00:00:00.000Z', timestamp_sent: '2026-01-01 00' };

/** How each part is read from a row. */
function readers({ device, site, time, metrics }: Mapping, columns: readonly string[]) {
  const cell = (source: string, flag: string) => {
    if (source.startsWith('=')) return () => source.slice(1);
    if (!columns.includes(source)) {
      throw UserError.misuse(
        `${flag} ${source}: Expected one of the columns ${columns.map((name) => shorten(name)).join(', ')}`,
      );
    }
    return (cells: Row['cells']) => cells[source];
  };
  const text = (value: unknown) => (value === undefined || value === null ? '' : String(value).trim());
  const [deviceOf, siteOf] = [cell(device, '--device'), cell(site, '--site')];
  const timeOf = cell(time, '--time');
  const measured = Object.entries(metrics).map(([metric, column]) => ({
    metric,
    cellOf: cell(column, `--metric ${metric}=`),
  }));
  return {
    time: (cells: Row['cells']) => text(timeOf(cells)),
    fields: (cells: Row['cells']): Undated => ({
      // What an id may not have becomes a hyphen: names of other systems have spaces and slashes.
      device_id: text(deviceOf(cells))
        .replace(/[^A-Za-z0-9._-]+/g, '-')
        .slice(0, 64),
      site_id: text(siteOf(cells))
        .replace(/[^A-Za-z0-9._-]+/g, '-')
        .slice(0, 64),
      ...Object.fromEntries(measured.map(({ metric, cellOf }) => [metric, numberOf(text(cellOf(cells)))])),
    }),
  };
}

/** NULL for an empty cell. A text that is not a number stays one, so that the reason says so. */
function numberOf(text: string): number | null {
  if (text === '') return null;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : (text as never);
}

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

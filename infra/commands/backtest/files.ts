/** History from a file: readings as NDJSON, or one recorded series as CSV. */
import {
  byMetric,
  explainReading,
  formatSentHour,
  formatTimestamp,
  isReading,
  METRIC_FIELDS,
  type Metric,
  type Reading,
} from '../../../services/contract/reading.ts';
import { parseSeries, seriesDeviceId } from '../../../services/contract/series.ts';
import { UserError } from '../../cli/user-error.ts';

export interface FileHistory {
  /** In order of site, device and time. */
  readings: Reading[];
  /** Lines that could not be used, and why the first could not. */
  skipped: number;
  firstProblem: string | undefined;
}

/** @throws UserError, a misuse, where there is no reading in it */
export function parseReadings(text: string, source: string): FileHistory {
  const readings: Reading[] = [];
  let skipped = 0;
  let firstProblem: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const reading = parseLine(line);
    if (typeof reading !== 'string') {
      readings.push(reading);
      continue;
    }
    skipped++;
    firstProblem ??= `${source} line ${index + 1}: ${reading}`;
  }
  if (readings.length === 0) {
    throw UserError.misuse(firstProblem ?? `${source}: Expected readings as NDJSON, got an empty file`);
  }
  return { readings: readings.sort(inOrder), skipped, firstProblem };
}

function parseLine(line: string): Reading | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return 'Expected a reading as JSON';
  }
  return isReading(json) ? json : (explainReading(json) ?? 'Expected a reading');
}

/** Ids and timestamps are ASCII of fixed form: code units are their order. */
function inOrder(a: Reading, b: Reading): number {
  for (const field of ['site_id', 'device_id', 'timestamp'] as const) {
    if (a[field] !== b[field]) return a[field] < b[field] ? -1 : 1;
  }
  return a.seq - b.seq;
}

export interface SeriesColumns {
  column: string;
  metric: Metric;
}

/**
 * A series with the columns `timestamp` (without zone: UTC) and one of values, as readings of a device that is named
 * after the file.
 * @throws UserError, a misuse
 */
export function readSeries(text: string, source: string, { column, metric }: SeriesColumns): FileHistory {
  const series = parseSeries(text, column, metric);
  if (typeof series === 'string') throw UserError.misuse(`${source}: ${series}`);
  const device_id = seriesDeviceId(source);
  const readings = series.points.map(({ offsetMs, value }, seq): Reading => {
    const at = series.startMs + offsetMs;
    return {
      ...{ device_id, site_id: 'series', seq },
      // The rules about other metrics are left out, so anything possible will do for those.
      ...byMetric((name) => (name === metric ? value : METRIC_FIELDS[name].range.min)),
      ...{ timestamp: formatTimestamp(at), timestamp_sent: formatSentHour(at) },
    };
  });
  const [first] = series.skipped;
  const firstProblem = first && `${source} line ${first.line}: ${first.reason}`;
  return { readings, skipped: series.skipped.length, firstProblem };
}

/**
 * The reading: the one shape that travels from a device to the stream, the detector and the lake.
 *
 * Every field stands once, in {@link READING_FIELDS}. Everything else derives from that table: the TypeScript type, the
 * schemas, the detector's fast check, the lake's columns, the columns of saved queries and of backtests, the checks of
 * rules and of recorded series, what the simulator writes, and the metrics that the page shows.
 */
import { isCalendarDay, isTime, SENT_HOUR_PATTERN } from './time.ts';

export { formatSentHour, formatTimestamp, SENT_HOUR_PATTERN, TIMESTAMP_PATTERN } from './time.ts';

/** What a device or a site may be called. Also safe in a partition key, a sort key, an S3 key and a subject line. */
export const ID_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;
export const MAX_ID_LENGTH = 64;
const NOT_IN_IDS = /[^A-Za-z0-9._-]/;

/** Lines (readings) in one Kinesis record. Firehose's de-aggregation stops at 500 (AWS documentation). */
export const MAX_READINGS_PER_RECORD = 500;
/** Default size of a packed record, in bytes: just under the 25 KB unit in which provisioned Kinesis bills a PUT. */
export const DEFAULT_RECORD_BYTES = 24 * 1024;
/** A line longer than this, in bytes, is refused: a full one takes about 220. */
export const MAX_READING_BYTES = 4096;
/** A reading whose `timestamp` is further ahead of the record's arrival than this, in ms, is *skewed*. */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;
/** A value this little outside of its range, in the metric's unit, is there by rounding: it is taken as the limit. */
export const ROUNDING = 0.001;

/** What {@link ID_PATTERN} says. */
export const ID_WORDS = '1 to 64 letters, digits, and . _ -';

/** Both ends belong to it. */
export interface Range {
  min: number;
  max: number;
}

/** Glue (Hive) types that a reading's columns use. */
export type LakeType = 'string' | 'bigint' | 'double';

interface PlainField {
  lakeType: Exclude<LakeType, 'double'>;
  meaning: string;
}

/**
 * A measured quantity: rules can watch it. A reading may leave it out, or give null for it, as
 * long as it has another: a rule looks only at the readings that have its metric.
 */
export interface MetricField {
  lakeType: 'double';
  /** Physical unit of the value. */
  unit: string;
  /** What is physically possible, in that unit; a line with any other value is refused. */
  range: Range;
  /** Its name for people, in a word or two. */
  label: string;
  meaning: string;
}

const PERCENT = { lakeType: 'double', unit: '%', range: { min: 0, max: 100 } } as const;

export const READING_FIELDS = {
  device_id: {
    lakeType: 'string',
    meaning: 'The device that made the reading',
  },
  site_id: {
    lakeType: 'string',
    meaning: "The device's site, whose edge gateway sends for it",
  },
  seq: {
    lakeType: 'bigint',
    meaning: 'Per device, +1 per reading: loss, duplicates and order can be measured',
  },
  temperature: {
    lakeType: 'double',
    unit: '°C',
    range: { min: -273.15, max: 10_000 },
    label: 'Temperature',
    meaning: 'Temperature',
  },
  cpu: { ...PERCENT, label: 'CPU', meaning: 'Processor, percent used' },
  ram: { ...PERCENT, label: 'RAM', meaning: 'Memory, percent used' },
  hd: { ...PERCENT, label: 'Disk', meaning: 'Disk, percent used' },
  timestamp: {
    lakeType: 'string',
    meaning: 'When the reading was made, RFC 3339 with a zone, as the device wrote it',
  },
  timestamp_sent: {
    lakeType: 'string',
    meaning: 'The hour (UTC) in which it was sent: the partition of the lake',
  },
} as const satisfies Record<string, PlainField | MetricField>;

type Fields = typeof READING_FIELDS;
export type ReadingField = keyof Fields;
/** A field that is measured. */
export type Metric = { [K in ReadingField]: Fields[K] extends MetricField ? K : never }[ReadingField];
type Value<F> = F extends { lakeType: 'bigint' } ? number : string;

/** One reading, in the wire format, as it was sent. It has at least one metric. */
export type Reading = { [K in Exclude<ReadingField, Metric>]: Value<Fields[K]> } & {
  [K in Metric]?: number | null | undefined;
};

/** The metrics' rows of the table. */
export const METRIC_FIELDS: Readonly<Record<Metric, MetricField>> = READING_FIELDS;

/** The metrics, in wire order. */
export const METRICS: readonly Metric[] = (Object.keys(READING_FIELDS) as ReadingField[]).filter(isMetric);

export function isMetric(name: ReadingField): name is Metric {
  return 'range' in READING_FIELDS[name];
}

/** A value for every metric. */
export const byMetric = <T>(make: (metric: Metric) => T): Record<Metric, T> =>
  Object.fromEntries(METRICS.map((metric) => [metric, make(metric)])) as Record<Metric, T>;

export const NO_METRIC = `Expected at least one of ${METRICS.join(', ')}`;

/** Prepared once, because {@link isReading} works through it for every line. */
const TAKEN = METRICS.map((name) => {
  const { min, max } = METRIC_FIELDS[name].range;
  return { name, min: min - ROUNDING, max: max + ROUNDING };
});

/** Those of one reading, in the order of {@link METRICS}; NaN where it has none. */
export type MetricValues = Float64Array;

export const noMetrics = (): MetricValues => new Float64Array(METRICS.length).fill(Number.NaN);
const UNASKED = noMetrics();

export function metricsOf(reading: Reading): MetricValues {
  const metrics = noMetrics();
  takeMetrics(reading, metrics);
  return metrics;
}

/** A metric's value as it is evaluated: within its range, and undefined where the reading has none. */
export function valueOfMetric(reading: Reading, metric: Metric): number | undefined {
  const value = reading[metric] ?? undefined;
  const { min, max } = METRIC_FIELDS[metric].range;
  return value === undefined ? undefined : Math.min(max, Math.max(min, value));
}

/**
 * Is this parsed JSON a reading? The detector's hot path: the same verdict as `readingSchema` (a property test
 * holds the two together) at a tenth of its cost. Ask `explainReading` for the reason of a `false`.
 */
export const isReading = (value: unknown): value is Reading => isReadingWith(value, UNASKED);

/** @param metrics takes those of a reading, as they were sent */
export function isReadingWith(value: unknown, metrics: MetricValues): value is Reading {
  if (typeof value !== 'object' || value === null) return false;
  const r = value as Record<string, unknown>;
  return (
    isId(r.device_id) &&
    isSite(r.site_id) &&
    Number.isSafeInteger(r.seq) &&
    (r.seq as number) >= 0 &&
    takeMetrics(r, metrics) &&
    typeof r.timestamp === 'string' &&
    isTime(r.timestamp) &&
    isSentHour(r.timestamp_sent)
  );
}

/** As {@link ID_PATTERN} has it: to look for what must not be there takes little more than half the time. */
const isId = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH && !NOT_IN_IDS.test(value);

/** @returns whether there is one, and each as a reading may have it */
function takeMetrics(r: Partial<Record<Metric, unknown>>, metrics: MetricValues): boolean {
  let has = false;
  let fits = true;
  for (let at = 0; at < TAKEN.length; at += 1) {
    const { name, min, max } = TAKEN[at] as (typeof TAKEN)[number];
    const value = r[name];
    if (typeof value === 'number') {
      metrics[at] = value;
      has = true;
      if (!(value >= min && value <= max)) fits = false;
    } else {
      metrics[at] = Number.NaN;
      if (value !== undefined && value !== null) fits = false;
    }
  }
  return has && fits;
}

// Readings come in runs: the same site for a record, the same hour for an hour. The last one that was found good
// need not be looked at again.
let knownSite = '';
let knownHour = '';

function isSite(value: unknown): boolean {
  if (value === knownSite) return value !== '';
  if (!isId(value)) return false;
  knownSite = value;
  return true;
}

function isSentHour(value: unknown): boolean {
  if (value === knownHour) return value !== '';
  if (typeof value !== 'string' || !SENT_HOUR_PATTERN.test(value) || !isCalendarDay(value)) return false;
  knownHour = value;
  return true;
}

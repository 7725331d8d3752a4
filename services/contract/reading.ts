/**
 * The reading: the one shape that travels from a device to the stream, the detector and the lake.
 *
 * Every field stands once in {@link READING_FIELDS} with its schema, its lake type and its meaning. The zod schema,
 * the TypeScript type and the Glue columns all derive from that table, so a new field cannot reach the stream
 * without a column to hold it.
 */
import * as z from 'zod/mini';
import './english.ts';

/** What a device or a site may be called. Also safe in a partition key, a sort key, an S3 key and a subject line. */
export const ID_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;
/** ISO 8601, UTC, exactly milliseconds: the only form that OpenX, Athena and string order all agree on. */
export const TIMESTAMP_PATTERN =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
/** The hour (UTC) in which a reading was sent, `YYYY-MM-DD HH`: the partition of the lake. */
export const SENT_HOUR_PATTERN = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3])$/;

/** Lines (readings) in one Kinesis record. Firehose's de-aggregation stops at 500 (AWS documentation). */
export const MAX_READINGS_PER_RECORD = 500;
/** Default size of a packed record, in bytes: just under the 25 KB unit in which provisioned Kinesis bills a PUT. */
export const DEFAULT_RECORD_BYTES = 24 * 1024;
/** A line longer than this, in bytes, is no reading: a full one takes about 220. */
export const MAX_READING_BYTES = 4096;
/** A reading whose `timestamp` is further ahead of the record's arrival than this, in ms, is *skewed*. */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;

const id = (what: string) =>
  z.string().check(z.regex(ID_PATTERN, `Expected ${what} to match ${ID_PATTERN.source}`));
const percent = () => z.number().check(z.minimum(0), z.maximum(100));
const ONE = '1'.charCodeAt(0);

/**
 * Does the calendar know this day? `2026-02-30` matches every pattern and is no date. By arithmetic, because a Date
 * would cost more than parsing the whole reading.
 */
function isCalendarDay(text: string): boolean {
  if (text.charCodeAt(8) <= ONE) return true;
  const day = Number(text.slice(8, 10));
  if (day <= 28) return true;
  const month = Number(text.slice(5, 7));
  if (month !== 2) return day <= 30 || (month <= 7 ? month % 2 === 1 : month % 2 === 0);
  const year = Number(text.slice(0, 4));
  return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const time = (pattern: RegExp, expected: string) =>
  z.string().check(
    z.regex(pattern, expected),
    z.refine((text) => !pattern.test(text) || isCalendarDay(text), 'Expected a day that the calendar has'),
  );

/** Glue (Hive) types that a reading's columns use. */
export type LakeType = 'string' | 'bigint' | 'double';

interface Field {
  /** Made when first asked for: most cold starts of the detector never see a line that needs explaining. */
  schema: () => z.ZodMiniType;
  lakeType: LakeType;
  /** Physical unit of the value, where it has one. */
  unit?: string;
  meaning: string;
}

export const READING_FIELDS = {
  device_id: {
    schema: () => id('device_id'),
    lakeType: 'string',
    meaning: 'The device that made the reading',
  },
  site_id: {
    schema: () => id('site_id'),
    lakeType: 'string',
    meaning: "The device's site, whose edge gateway sends for it",
  },
  seq: {
    schema: () => z.int().check(z.minimum(0)),
    lakeType: 'bigint',
    meaning: 'Per device, +1 per reading: loss, duplicates and order can be measured',
  },
  temperature: { schema: () => z.number(), lakeType: 'double', unit: '°C', meaning: 'Temperature' },
  cpu: { schema: percent, lakeType: 'double', unit: '%', meaning: 'Processor, percent used' },
  ram: { schema: percent, lakeType: 'double', unit: '%', meaning: 'Memory, percent used' },
  hd: { schema: percent, lakeType: 'double', unit: '%', meaning: 'Disk, percent used' },
  timestamp: {
    schema: () =>
      time(TIMESTAMP_PATTERN, 'Expected ISO 8601 in UTC with milliseconds, such as 2026-01-31T09:30:00.000Z'),
    lakeType: 'string',
    meaning: 'When the reading was made, ISO 8601 UTC with milliseconds',
  },
  timestamp_sent: {
    schema: () => time(SENT_HOUR_PATTERN, 'Expected the hour of sending in UTC, such as 2026-01-31 09'),
    lakeType: 'string',
    meaning: 'The hour (UTC) in which it was sent: the partition of the lake',
  },
} as const satisfies Record<string, Field>;

type Fields = typeof READING_FIELDS;
export type ReadingField = keyof Fields;

const makeReadingSchema = () =>
  z.object(
    Object.fromEntries(Object.entries(READING_FIELDS).map(([name, field]) => [name, field.schema()])) as {
      [K in ReadingField]: ReturnType<Fields[K]['schema']>;
    },
  );

let madeReadingSchema: ReturnType<typeof makeReadingSchema> | undefined;

/** Unknown extra fields are stripped: they are no error, and they have no column. */
export function readingSchema(): ReturnType<typeof makeReadingSchema> {
  madeReadingSchema ??= makeReadingSchema();
  return madeReadingSchema;
}

/** One reading, in the wire format. */
export type Reading = z.infer<ReturnType<typeof readingSchema>>;

/** The measured quantities, which rules can watch. */
export const METRICS = ['temperature', 'cpu', 'ram', 'hd'] as const satisfies readonly ReadingField[];
export type Metric = (typeof METRICS)[number];

/** Unit of each metric, for people: `°C` or `%`. */
export const METRIC_UNITS: Record<Metric, string> = {
  temperature: READING_FIELDS.temperature.unit,
  cpu: READING_FIELDS.cpu.unit,
  ram: READING_FIELDS.ram.unit,
  hd: READING_FIELDS.hd.unit,
};

/** A column of a lake table: Hive type, and a comment that Athena shows in DESCRIBE. */
export interface LakeColumn {
  name: string;
  type: string;
  comment: string;
}

/** The lake's columns, in wire order. */
export const READING_COLUMNS: readonly LakeColumn[] = Object.entries<Field>(READING_FIELDS).map(
  ([name, field]) => ({
    name,
    type: field.lakeType,
    comment: field.unit ? `${field.meaning}, ${field.unit}` : field.meaning,
  }),
);

/** Partition columns of the lake, from `timestamp_sent`: `dt` = `YYYY-MM-DD`, `hour` = `HH`. */
export const PARTITION_COLUMNS: readonly LakeColumn[] = [
  { name: 'dt', type: 'string', comment: 'Day of sending, UTC, YYYY-MM-DD' },
  { name: 'hour', type: 'string', comment: 'Hour of sending, UTC, 00 to 23' },
];

const isPercent = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 100;

/**
 * Is this parsed JSON a reading? The detector's hot path: the same verdict as {@link readingSchema} (a property test
 * holds the two together) at a tenth of its cost. Ask {@link explainReading} for the reason of a `false`.
 */
export function isReading(value: unknown): value is Reading {
  if (typeof value !== 'object' || value === null) return false;
  const r = value as Record<string, unknown>;
  return (
    typeof r.device_id === 'string' &&
    ID_PATTERN.test(r.device_id) &&
    isSite(r.site_id) &&
    Number.isSafeInteger(r.seq) &&
    (r.seq as number) >= 0 &&
    Number.isFinite(r.temperature) &&
    isPercent(r.cpu) &&
    isPercent(r.ram) &&
    isPercent(r.hd) &&
    typeof r.timestamp === 'string' &&
    TIMESTAMP_PATTERN.test(r.timestamp) &&
    isCalendarDay(r.timestamp) &&
    isSentHour(r.timestamp_sent)
  );
}

// Readings come in runs: the same site for a record, the same hour for an hour. The last one that was found good
// need not be looked at again.
let knownSite = '';
let knownHour = '';

function isSite(value: unknown): boolean {
  if (value === knownSite) return value !== '';
  if (typeof value !== 'string' || !ID_PATTERN.test(value)) return false;
  knownSite = value;
  return true;
}

function isSentHour(value: unknown): boolean {
  if (value === knownHour) return value !== '';
  if (typeof value !== 'string' || !SENT_HOUR_PATTERN.test(value) || !isCalendarDay(value)) return false;
  knownHour = value;
  return true;
}

/** Why a value is no reading: one line such as `temperature: Expected number, received string`, without the payload. */
export function explainReading(value: unknown): string | undefined {
  const result = readingSchema().safeParse(value);
  if (result.success) return undefined;
  return result.error.issues
    .map((issue) => `${issue.path.join('.') || 'reading'}: ${issue.message}`)
    .join('; ');
}

/** `timestamp` of a moment given in ms since the epoch. */
export const formatTimestamp = (epochMs: number): string => new Date(epochMs).toISOString();

/** `timestamp_sent` of a moment given in ms since the epoch. */
export function formatSentHour(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 13)}`;
}

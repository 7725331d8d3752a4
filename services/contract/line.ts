/** A line of the stream: its JSON, who sent it, and what detector and lake make of it. */

import { adviceOn, REASONS } from './advice.ts';
import { explainReading } from './explain-reading.ts';
import { jsonIn } from './json.ts';
import { explainNotJson } from './not-json.ts';
import {
  ID_PATTERN,
  isReading,
  type LakeType,
  MAX_CLOCK_SKEW_MS,
  MAX_READING_BYTES,
  READING_FIELDS,
  type Reading,
  SENT_HOUR_PATTERN,
} from './reading.ts';
import { instantMs, LAKE_HOUR_PATTERN, lastLakeHour } from './time.ts';

/**
 * Partition keys of imported history begin so, as no site's can: the lake keeps it, and the detector leaves it alone.
 */
export const IMPORT_KEY = '#import/';

export const BLANK = Symbol('blank line');

/** The JSON of a line, or a string that says why there is none. */
export function parseLine(text: string, start = 0, end = text.length): object | string | typeof BLANK {
  const length = end - start;
  if (length > MAX_READING_BYTES) return `longer than ${MAX_READING_BYTES} bytes`;
  const line = text.slice(start, end);
  // A character takes at most three bytes of UTF-8 per UTF-16 unit: most lines need not be measured.
  if (length * 3 > MAX_READING_BYTES && Buffer.byteLength(line) > MAX_READING_BYTES) {
    return `longer than ${MAX_READING_BYTES} bytes`;
  }
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : REASONS.notObject;
  } catch {
    // The parser's own message would quote the payload.
    return line.trim() === '' ? BLANK : explainNotJson(line);
  }
}

/** Who sent a line, as far as it tells. */
export interface Named {
  device_id?: string;
  site_id?: string;
}

/** Names of lines that are no JSON, such as one that is cut off. */
const DEVICE = /"device_id"\s*:\s*"([A-Za-z0-9._-]{1,64})"/;
const SITE = /"site_id"\s*:\s*"([A-Za-z0-9._-]{1,64})"/;
/** A text is searched for them this far, in characters. */
const NAMED_WITHIN = 300;

/** @param line its JSON, or its text where it has none */
export function namesIn(line: object | string): Named {
  if (typeof line === 'object') {
    const { device_id, site_id } = line as Record<string, unknown>;
    return named(device_id, site_id);
  }
  const start = line.slice(0, NAMED_WITHIN);
  return named(DEVICE.exec(start)?.[1], SITE.exec(start)?.[1]);
}

const named = (device_id: unknown, site_id: unknown): Named => ({
  ...(isId(device_id) && { device_id }),
  ...(isId(site_id) && { site_id }),
});

const isId = (value: unknown): value is string => typeof value === 'string' && ID_PATTERN.test(value);

/** What the detector makes of a line by itself, without what it knows of the device. */
export type LineVerdict =
  | { verdict: 'blank' }
  | { verdict: 'evaluated'; reading: Reading }
  | ({ verdict: 'refused' | 'skewed'; reason: string; advice: string } & Named);

/** @param arrivedMs when the stream takes its record, ms since the epoch */
export function verdictOn(line: string, arrivedMs: number): LineVerdict {
  const json = parseLine(line);
  if (json === BLANK) return { verdict: 'blank' };
  const isText = typeof json === 'string';
  if (isText || !isReading(json)) {
    const reason = isText ? json : (explainReading(json) ?? REASONS.notObject);
    return { verdict: 'refused', ...namesIn(isText ? line : json), reason, advice: adviceOn(reason) };
  }
  if (instantMs(json.timestamp) <= arrivedMs + MAX_CLOCK_SKEW_MS)
    return { verdict: 'evaluated', reading: json };
  return { verdict: 'skewed', ...namesIn(json), reason: REASONS.skewed, advice: adviceOn(REASONS.skewed) };
}

/** What Firehose makes of a line. */
export type LakeVerdict =
  | {
      stored: 'row';
      /** Hour of sending, `YYYY-MM-DD HH`: the partition. */
      hour: string;
      /** Columns that are NULL. */
      nulls: string[];
      /** Fields that have no column. */
      dropped: string[];
      /** The partition is of a day to come: queries see it then. */
      ahead?: true;
    }
  | { stored: 'error'; reason: string };

const FITS: Record<LakeType, (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string' && !/\p{Surrogate}/u.test(value),
  bigint: Number.isSafeInteger,
  double: Number.isFinite,
};
const WANTED: Record<LakeType, string> = { string: 'a text', bigint: 'a whole number', double: 'a number' };
const COLUMNS = new Map<string, LakeType>(
  Object.entries(READING_FIELDS).map(([name, { lakeType }]) => [name, lakeType]),
);

/**
 * As Firehose does it: the partition from `timestamp_sent`, then the columns' types, keys in any case.
 * @param arrivedMs when it is stored, ms since the epoch
 */
export function lakeVerdictOn(line: string, arrivedMs: number): LakeVerdict {
  const json = jsonIn(line);
  if (json === undefined) return { stored: 'error', reason: 'not JSON' };
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return { stored: 'error', reason: 'not a JSON object' };
  const hour = (json as { timestamp_sent?: unknown }).timestamp_sent;
  if (typeof hour !== 'string' || !SENT_HOUR_PATTERN.test(hour))
    return { stored: 'error', reason: 'timestamp_sent names no partition' };
  if (!LAKE_HOUR_PATTERN.test(hour))
    return { stored: 'error', reason: `timestamp_sent is outside the lake's days, which begin with 2024` };
  const values = new Map(Object.entries(json).map(([key, value]) => [key.toLowerCase(), value as unknown]));
  const given = [...COLUMNS].filter(([name]) => (values.get(name) ?? null) !== null);
  const wrong = given.find(([name, type]) => !FITS[type](values.get(name)));
  if (wrong) return { stored: 'error', reason: `${wrong[0]} is not ${WANTED[wrong[1]]}` };
  return {
    stored: 'row',
    hour,
    nulls: [...COLUMNS.keys()].filter((name) => !given.some(([other]) => other === name)),
    dropped: [...values.keys()].filter((name) => !COLUMNS.has(name)),
    ...(hour > lastLakeHour(arrivedMs) && { ahead: true }),
  };
}

/**
 * Why a parsed line is not a reading, in words for people who have never seen this contract. Its values are never told,
 * only what they are: a line may hold what nobody else is to read.
 */
import {
  ID_PATTERN,
  ID_WORDS,
  isMetric,
  isReading,
  MAX_ID_LENGTH,
  METRIC_FIELDS,
  METRICS,
  type Metric,
  NO_METRIC,
  READING_FIELDS,
  type ReadingField,
  ROUNDING,
} from './reading.ts';
import { explainNumber, explainTime, isCalendarDay, isTime, SENT_HOUR_PATTERN } from './time.ts';

type Line = Readonly<Record<string, unknown>>;

/** One line such as `seq: missing; cpu: Expected a number, got a text`; undefined for a reading. */
export function explainReading(value: unknown): string | undefined {
  if (isReading(value)) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `reading: Expected a JSON object, got ${kindOf(value)}`;
  }
  const line = value as Line;
  const missing = Object.keys(PROBLEMS).filter((name) => line[name] === undefined);
  const wrong = (Object.keys(READING_FIELDS) as ReadingField[]).flatMap((name) => {
    const problem = line[name] === undefined ? undefined : problemOf(name, line[name]);
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
  return [
    ...(missing.length > 0 ? [`${missing.join(', ')}: missing`] : []),
    ...wrong,
    ...(METRICS.some((name) => (line[name] ?? null) !== null) ? [] : [`reading: ${without(line)}`]),
  ].join('; ');
}

const problemOf = (name: ReadingField, value: unknown): string | undefined =>
  isMetric(name) ? problemOfMetric(name, value) : PROBLEMS[name](value);

function problemOfMetric(name: Metric, value: unknown): string | undefined {
  if (value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) return `Expected a number, got ${kindOf(value)}`;
  const { min, max } = METRIC_FIELDS[name].range;
  if (value < min - ROUNDING) return `Too small: expected number to be >=${min}`;
  return value > max + ROUNDING ? `Too big: expected number to be <=${max}` : undefined;
}

const ofText = (explain: (text: string) => string | undefined) => (value: unknown) =>
  typeof value === 'string' ? explain(value) : `Expected a text, got ${kindOf(value)}`;

const problemOfId = ofText((text) =>
  ID_PATTERN.test(text) ? undefined : `Expected ${ID_WORDS}, got ${explainId(text)}`,
);

const problemOfTime = ofText((text) => (isTime(text) ? undefined : explainTime(text)));

/** What is wrong with a value that is there; undefined where nothing is. */
const PROBLEMS: Record<Exclude<ReadingField, Metric>, (value: unknown) => string | undefined> = {
  device_id: problemOfId,
  site_id: problemOfId,
  seq: (value) =>
    Number.isSafeInteger(value) && (value as number) >= 0
      ? undefined
      : `Expected a whole number from 0, got ${kindOfCount(value)}`,
  timestamp: (value) => (typeof value === 'number' ? explainNumber(value) : problemOfTime(value)),
  timestamp_sent: ofText((text) => {
    if (!SENT_HOUR_PATTERN.test(text)) return 'Expected the hour of sending in UTC, such as 2026-01-31 09';
    return isCalendarDay(text) ? undefined : 'Expected a day that the calendar has';
  }),
};

function explainId(text: string): string {
  if (text === '') return 'an empty text';
  return text.length > MAX_ID_LENGTH ? 'a longer text' : 'other characters, such as a blank or a slash';
}

const NUMERIC = /^\s*[+-]?\d+(?:[.,]\d+)?\s*$/;

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return NUMERIC.test(value) ? 'a number in quotes' : 'a text';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'one that is too large';
  return typeof value === 'boolean' ? 'true or false' : 'an object';
}

function kindOfCount(value: unknown): string {
  if (typeof value !== 'number') return kindOf(value);
  if (value < 0) return 'a negative one';
  return Number.isInteger(value) || !Number.isFinite(value) ? 'one that is too large' : 'one with decimals';
}

/** No metric: what stands there in its place, as far as the usual mistakes tell. */
function without(line: Line): string {
  const names = Object.keys(line).map((name) => name.toLowerCase());
  const same = METRICS.find((metric) => names.includes(metric));
  const like = METRICS.find((metric) => names.some((name) => name.includes(metric)));
  if (METRICS.some((metric) => line[metric] === null)) return `${NO_METRIC}, got null`;
  if (same !== undefined) return `${NO_METRIC}, got ${same} in capitals: names are in lower-case letters`;
  if (like !== undefined) return `${NO_METRIC}, got a longer name with ${like} in it: call it ${like}`;
  if (Object.values(line).some((value) => typeof value === 'object' && value !== null)) {
    return `${NO_METRIC}, got fields inside another field: put them beside device_id`;
  }
  return NO_METRIC;
}

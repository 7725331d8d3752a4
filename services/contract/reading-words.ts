/**
 * Why a parsed line is not a reading, in words for people who have never seen this contract. Its values are never told,
 * only what they are: a line may hold what nobody else is to read.
 */
import type * as z from 'zod/mini';

type Issue = Pick<z.core.$ZodIssue, 'code' | 'path' | 'message'>;

interface Fields {
  metrics: readonly string[];
  /** What is said where a line has none of them. */
  noMetric: string;
}

export const WANTED_TIME =
  'Expected an RFC 3339 time such as 2026-01-31T09:30:00Z or 2026-01-31T10:30:00.123+01:00';

/** One line such as `seq: missing; cpu: Expected a number, got a text`. */
export function explainIssues(issues: readonly Issue[], value: unknown, fields: Fields): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `reading: Expected a JSON object, got ${kindOf(value)}`;
  }
  const line = value as Readonly<Record<string, unknown>>;
  const ofFields = issues.flatMap((issue) => {
    const [name] = issue.path;
    return name === undefined ? [] : [{ ...issue, name: String(name) }];
  });
  const missing = ofFields.filter(({ name }) => line[name] === undefined).map(({ name }) => name);
  const wrong = ofFields.filter(({ name }) => line[name] !== undefined);
  return [
    ...(missing.length > 0 ? [`${missing.join(', ')}: missing`] : []),
    ...wrong.map((issue) => `${issue.name}: ${explainField(issue, line[issue.name])}`),
    ...(fields.metrics.some((name) => (line[name] ?? null) !== null)
      ? []
      : [`reading: ${without(line, fields)}`]),
  ].join('; ');
}

function explainField({ name, code, message }: Issue & { name: string }, value: unknown): string {
  if (name === 'seq') return `Expected a whole number from 0, got ${kindOfCount(value)}`;
  if (code !== 'invalid_type') return message;
  if (typeof value === 'number' && name === 'timestamp') {
    return `${WANTED_TIME}, got a number: is it seconds or ms since the epoch?`;
  }
  return `Expected ${/expected number/.test(message) ? 'a number' : 'a text'}, got ${kindOf(value)}`;
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
  return Number.isInteger(value) ? 'one that is too large' : 'one with decimals';
}

/** No metric: what stands there in its place, as far as the usual mistakes tell. */
function without(line: Readonly<Record<string, unknown>>, { metrics, noMetric }: Fields): string {
  const names = Object.keys(line).map((name) => name.toLowerCase());
  const same = metrics.find((metric) => names.includes(metric));
  const like = metrics.find((metric) => names.some((name) => name.includes(metric)));
  if (metrics.some((metric) => line[metric] === null)) return `${noMetric}, got null`;
  if (same !== undefined) return `${noMetric}, got ${same} in capitals: names are in small letters`;
  if (like !== undefined) return `${noMetric}, got a longer name with ${like} in it: call it ${like}`;
  if (Object.values(line).some((value) => typeof value === 'object' && value !== null)) {
    return `${noMetric}, got fields inside another field: put them beside device_id`;
  }
  return noMetric;
}

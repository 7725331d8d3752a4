/** The reading as a schema, for documents, and for tests of what the functions do without one. */
import * as z from 'zod/mini';
import './english.ts';
import {
  ID_PATTERN,
  isMetric,
  METRIC_FIELDS,
  METRICS,
  type Metric,
  NO_METRIC,
  READING_FIELDS,
  type ReadingField,
  ROUNDING,
} from './reading.ts';
import { isCalendarDay, isTime, SENT_HOUR_PATTERN, TIME_PATTERN } from './time.ts';

const id = () => z.string().check(z.regex(ID_PATTERN));

/** What the words of explain-reading.ts are about, a schema for each. */
const SCHEMAS: Record<Exclude<ReadingField, Metric>, z.ZodMiniType> = {
  device_id: id(),
  site_id: id(),
  seq: z.int().check(z.minimum(0)),
  timestamp: z.string().check(z.regex(TIME_PATTERN), z.refine(isTime)),
  timestamp_sent: z.string().check(z.regex(SENT_HOUR_PATTERN), z.refine(isCalendarDay)),
};

function schemaOf(name: ReadingField): z.ZodMiniType {
  if (!isMetric(name)) return SCHEMAS[name];
  const { min, max } = METRIC_FIELDS[name].range;
  return z.optional(z.nullable(z.number().check(z.minimum(min - ROUNDING), z.maximum(max + ROUNDING))));
}

const fields = (Object.keys(READING_FIELDS) as ReadingField[]).map((name) => [name, schemaOf(name)] as const);

/** Unknown extra fields are stripped: they are not an error, and they have no column. */
export const readingSchema = z
  .object(Object.fromEntries(fields))
  .check(z.refine((line) => METRICS.some((name) => (line[name] ?? null) !== null), NO_METRIC));

/**
 * Readings that the detector did not evaluate, told by device and reason: what it publishes about a batch. A row in the
 * lake's table `refused`. Like the reading and the alert, every field stands once.
 */
import * as z from 'zod/mini';
import { VERDICTS } from './advice.ts';
import { columnsOf, type LakeColumn } from './lake-columns.ts';
import { SENT_HOUR_PATTERN, TIMESTAMP_PATTERN } from './time.ts';

const text = z.string();

const REFUSAL_FIELDS = {
  refusal_id: {
    schema: text,
    lakeType: 'string',
    meaning: 'Same for the same lines, however often they are told: drop repeats by it',
  },
  verdict: {
    schema: z.enum(VERDICTS),
    lakeType: 'string',
    meaning: 'refused, foreign, skewed, late; set-back and sent-ahead, which were evaluated',
  },
  device_id: {
    schema: z.optional(text),
    lakeType: 'string',
    meaning: 'The device, as far as its line tells',
  },
  site_id: { schema: z.optional(text), lakeType: 'string', meaning: 'Its site, as far as its line tells' },
  reason: { schema: text, lakeType: 'string', meaning: 'Why, never with the content of the line' },
  advice: { schema: text, lakeType: 'string', meaning: 'What to change' },
  readings: { schema: z.int().check(z.minimum(1)), lakeType: 'bigint', meaning: 'How many, in this batch' },
  sequence_number: {
    schema: text,
    lakeType: 'string',
    meaning: 'Of the record on the stream that holds the first of them',
  },
  line: { schema: z.int(), lakeType: 'bigint', meaning: 'Line in that record, from 1' },
  at: {
    schema: text.check(z.regex(TIMESTAMP_PATTERN)),
    lakeType: 'string',
    meaning: 'When the detector noticed, ISO 8601 UTC',
  },
  timestamp_sent: {
    schema: text.check(z.regex(SENT_HOUR_PATTERN)),
    lakeType: 'string',
    meaning: 'The hour of that (UTC), YYYY-MM-DD HH: the partition of the lake',
  },
} as const;
type Fields = typeof REFUSAL_FIELDS;

export const refusalSchema = z.object(
  Object.fromEntries(Object.entries(REFUSAL_FIELDS).map(([name, { schema }]) => [name, schema])) as {
    [K in keyof Fields]: Fields[K]['schema'];
  },
);
/** Lines of one device with one verdict, for one reason. */
export type Refusal = z.infer<typeof refusalSchema>;

/** Columns of the lake's table `refused`, in wire order. Partitions: PARTITION_COLUMNS, from `timestamp_sent`. */
export const REFUSAL_COLUMNS: readonly LakeColumn[] = columnsOf(REFUSAL_FIELDS);

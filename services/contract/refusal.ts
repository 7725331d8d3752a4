/**
 * Readings that the detector did not evaluate, told by device and reason: what it publishes about a batch. A row in the
 * lake's table `refused`. Like the reading and the alert, every field stands once.
 */
import * as z from 'zod/mini';
import { type LakeColumn, METRIC_FIELDS, METRICS, NO_METRIC, type ReadingField } from './reading.ts';
import { SENT_HOUR_PATTERN, TIMESTAMP_PATTERN } from './time.ts';

/** What became of a line. Only `set-back` was evaluated all the same. */
export const VERDICTS = ['refused', 'skewed', 'late', 'set-back'] as const;
export type Verdict = (typeof VERDICTS)[number];

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
    meaning: 'refused, skewed, late, or set-back (which was evaluated)',
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
export const REFUSAL_COLUMNS: readonly LakeColumn[] = Object.entries(REFUSAL_FIELDS).map(([name, field]) => ({
  name,
  type: field.lakeType,
  comment: field.meaning,
}));

/** Reasons that are not about one field. */
export const REASONS = {
  notJson: 'not JSON',
  notObject: 'not a JSON object',
  empty: 'empty record',
  skewed: 'timestamp: more than 5 minutes ahead of its arrival',
  late: 'late or repeated: not newer than what was evaluated',
  setBack: 'timestamp: older than the one before, with a newer seq',
  others: 'more devices and reasons than a report names',
} as const;

const ID = 'Name it with 1 to 64 letters, digits, and . _ -';
/** By field. */
const FIELD_ADVICE: Record<Exclude<ReadingField, keyof typeof METRIC_FIELDS>, string> = {
  device_id: ID,
  site_id: ID,
  seq: 'Count the readings of a device from 0, as a JSON number',
  timestamp: 'Write RFC 3339 with a zone, such as 2026-01-31T09:30:00Z',
  timestamp_sent: 'Write the hour of sending in UTC, such as 2026-01-31 09',
};
const ADVICE: Record<string, string> = {
  ...FIELD_ADVICE,
  ...Object.fromEntries(
    METRICS.map((name) => {
      const { range, unit } = METRIC_FIELDS[name];
      return [name, `Send a JSON number from ${range.min} to ${range.max} ${unit}, or leave ${name} out`];
    }),
  ),
  [`reading: ${NO_METRIC}`]: `Send at least one of ${METRICS.join(', ')}`,
  [REASONS.skewed]: "Set the device's clock (NTP), or send UTC",
  [REASONS.late]: 'Send in order, seq + 1 each; repeats do no harm',
  [REASONS.setBack]: "Set the device's clock (NTP), or send UTC, not local time. It was evaluated",
  [REASONS.others]: 'See the log of the detector',
};

/** What to change. @param reason one of {@link REASONS}, or what `explainReading` says */
export const adviceOn = (reason: string): string =>
  ADVICE[reason] ??
  ADVICE[/^\w+(?=:)/.exec(reason)?.[0] ?? ''] ??
  'Send a JSON object a line, in UTF-8, at most 4 KB, not compressed';

/**
 * What becomes of a line that is not simply evaluated, why, and what to change. Apart from the schema of a refusal, which
 * a cold start of the detector need not load.
 */
import { NOT_JSON_ADVICE } from './not-json.ts';
import { ID_WORDS, METRIC_FIELDS, METRICS, NO_METRIC, type ReadingField } from './reading.ts';

/** What became of a line. `set-back` and `sent-ahead` were evaluated all the same. */
export const VERDICTS = ['refused', 'foreign', 'skewed', 'late', 'set-back', 'sent-ahead'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Reasons that are not about one field. */
export const REASONS = {
  notJson: 'not JSON',
  notObject: 'not a JSON object',
  empty: 'empty record',
  foreign: 'site_id: not the partition key of its record',
  skewed: 'timestamp: more than 5 minutes ahead of its arrival',
  late: 'not newer than what was evaluated',
  setBack: 'timestamp: older than the one before, with a newer seq',
  sentAhead: 'timestamp_sent: days ahead: queries see it when that day has come',
  others: 'more lines, devices and reasons than a report names',
} as const;

const ID = `Name it with ${ID_WORDS}`;
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
  ...NOT_JSON_ADVICE,
  [REASONS.foreign]:
    'Send readings of one site in a record, with site_id as its partition key (a lone device: device_id)',
  [REASONS.skewed]: "Set the device's clock (NTP), or send UTC",
  [REASONS.late]: 'Send in order, seq + 1 each; repeats do no harm',
  [REASONS.setBack]: "Set the device's clock (NTP), or send UTC, not local time. It was evaluated",
  [REASONS.sentAhead]: 'Set the clock of what sends (NTP). It is in the lake',
  [REASONS.others]: 'See the log of the detector',
};

/** What to change. @param reason one of {@link REASONS}, or what `explainReading` says */
export const adviceOn = (reason: string): string =>
  ADVICE[reason] ??
  ADVICE[/^\w+(?=:)/.exec(reason)?.[0] ?? ''] ??
  (/^[\w, ]+: missing/.test(reason) ? 'Add these fields to each line' : undefined) ??
  (reason.startsWith(`reading: ${NO_METRIC}`) ? `Send at least one of ${METRICS.join(', ')}` : undefined) ??
  'Send a JSON object a line, in UTF-8, at most 4 KB, not compressed';

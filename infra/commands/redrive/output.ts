/** The output of a redrive: pure functions from batches to lines of at most 80 columns. */
import { formatNumber, plural } from '../../cli/text.ts';
import { type FailedBatch, whyGivenUp } from './batch.ts';
import type { Found, Outcome } from './run.ts';

/** Maximum number of rows. The redrive itself prints one line for every batch that it tried. */
const LISTED = 20;
const WIDTH = 80;

const shard = ({ shardId }: FailedBatch) => shardId.replace(/^shardId-0*(?=\d)/, '');
const time = ({ givenUpAt }: FailedBatch) => givenUpAt.slice(0, 19).replace('T', ' ');

/** A table of the batches, and a note on those that were left out. */
export function listing({ batches, older, unreadable }: Found, bucket: string): string {
  const records = batches.reduce((sum, batch) => sum + batch.records, 0);
  const lines = [
    `${plural(batches.length, 'failed batch', 'failed batches')} with ${plural(records, 'record')}`,
    `in ${bucket}`,
  ];
  if (batches.length > 0) {
    lines.push('', row('Given up (UTC)', 'Shard', 'Records', 'Why'));
    for (const batch of batches.slice(0, LISTED)) {
      lines.push(row(time(batch), shard(batch), String(batch.records), whyGivenUp(batch)));
    }
    if (batches.length > LISTED) lines.push(`  … and ${formatNumber(batches.length - LISTED)} more`);
    const tried = batches.findLast(({ functionError }) => functionError !== null);
    if (tried) lines.push('', "In the detector's log, the request of the last one:", `  ${tried.requestId}`);
  }
  if (older.length > 0) {
    lines.push(
      '',
      `${plural(older.length, 'older batch', 'older batches')} left alone, given up ${time(older[0] as FailedBatch)} and later.`,
      'Include them with, for example: --since 7d',
    );
  }
  for (const { key, reason } of unreadable)
    lines.push('', `No failed batch, left alone: ${key}`, `  ${reason}`);
  return `${lines.join('\n')}\n`;
}

const row = (when: string, where: string, records: string, why: string) =>
  `  ${when.padEnd(19)}  ${where.padStart(5)}  ${records.padStart(7)}  ${why}`.slice(0, WIDTH);

/** The line for a batch that was tried. The summary counts the others. */
export function outcomeLine(batch: FailedBatch, outcome: Outcome): string {
  const words = wordsFor(outcome);
  if (words === undefined) return '';
  const why = outcome.result === 'failed' ? `    ${outcome.reason}\n` : '';
  return `${row(time(batch), shard(batch), String(batch.records), words)}\n${why}`;
}

function wordsFor(outcome: Outcome): string | undefined {
  switch (outcome.result) {
    case 'redriven':
      return 'done';
    case 'gone':
      return 'done by somebody else';
    case 'failed':
      return 'stays, because';
    default:
      return undefined;
  }
}

/** The summary of a redrive. */
export function summary(results: readonly Outcome['result'][], aside: string): string {
  const count = (...wanted: Outcome['result'][]) =>
    results.filter((result) => wanted.includes(result)).length;
  const done = count('redriven', 'gone');
  const stay = results.length - done;
  const held = count('held');
  const lines = [`${done} redriven, kept under ${aside} in the same bucket.`];
  if (held > 0) lines.push(`${held} wait for one before them, of their shard or site: the order matters.`);
  if (count('interrupted') > 0) {
    lines.push(`Interrupted: ${plural(stay, 'batch stays', 'batches stay')}. Run it again to go on.`);
  } else if (stay > 0) {
    lines.push(
      `${plural(stay, 'batch stays', 'batches stay')}. The detector's log says why; repair the cause, then run it again.`,
    );
  }
  return lines.join('\n');
}

/** One line of JSON: a batch and its outcome. */
export const jsonLine = (batch: FailedBatch, outcome: Outcome | { result: 'listed' }): string =>
  `${JSON.stringify({
    key: batch.key,
    shard: batch.shardId,
    records: batch.records,
    arrived_at: new Date(batch.arrivedMs).toISOString(),
    given_up_at: batch.givenUpAt,
    condition: batch.condition,
    function_error: batch.functionError ?? null,
    attempts: batch.attempts,
    request_id: batch.requestId,
    ...outcome,
  })}\n`;

/** The words of every kind. */
import type { Alert } from '../contract/alert.ts';
import { describeLength } from '../contract/duration.ts';
import type { RuleKind } from '../contract/rule.ts';
import { noisyWords } from './noisy-kind.ts';
import { silentWords } from './silent-kind.ts';
import { stuckWords } from './stuck-kind.ts';
import { thresholdWords } from './threshold-kind.ts';
import { unusualWords } from './unusual-kind.ts';
import { lastedMs, type Words, whereOf } from './words.ts';

const WORDS: Record<RuleKind, Words> = {
  threshold: thresholdWords,
  stuck: stuckWords,
  noisy: noisyWords,
  silent: silentWords,
  unusual: unusualWords,
};

/** Who, and why. */
export const closedBy = ({ closed_by, comment }: Alert): string =>
  comment === undefined ? `${closed_by}` : `${closed_by}: ${comment}`;

export const wordsOf = ({ kind }: Alert): Words => WORDS[kind];

/**
 * An alert in one line.
 * @param summary the rule's own words for what is wrong
 */
export function summaryOf(alert: Alert, summary: string | undefined): string {
  const words = wordsOf(alert);
  const what = `${summary ?? words.what(alert)} on ${whereOf(alert)}`;
  if (alert.closed_by !== undefined) return `Over: ${what}, ended by ${closedBy(alert)}`;
  if (alert.status === 'reminder') return `Still: ${what}, for ${describeLength(lastedMs(alert))}`;
  return alert.status === 'resolved' ? `Over: ${what}, ${words.over(alert)}` : `${what}: ${words.now(alert)}`;
}

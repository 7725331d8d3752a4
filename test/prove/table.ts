/** Outcomes as a table for people, and what to do about a red one. */
import type { Heard } from './ears.ts';
import type { KeptOutcome } from './kept.ts';
import type { Outcome } from './prove.ts';

const COLUMNS = [
  'scenario',
  'sent',
  'lake',
  'errors',
  'bucket',
  'incidents',
  'mails',
  'again',
  'mail',
  'took',
  '',
];
const WIDTHS = [19, 6, 6, 6, 6, 11, 5, 5, 7, 4, 3];

export const header = () => [row(COLUMNS), row(WIDTHS.map((width) => '-'.repeat(width)))].join('\n');

export function outcomeRow({ name, figures, findings, notHere, seconds }: Omit<KeptOutcome, 'at'>): string {
  const verdict = notHere !== undefined ? 'not here' : findings.length === 0 ? 'ok' : 'RED';
  const took = `${seconds.toFixed(0)}s`;
  if (!figures) return row([name, ...Array(8).fill('-'), took, verdict]);
  const { sent, inLake, repeatedRows, malformed, givenUp, expected, opened, resolved, mails, repeatedMails } =
    figures;
  const slowest = figures.slowestMailMs === undefined ? '-' : `${(figures.slowestMailMs / 1000).toFixed(1)}s`;
  const incidents = `${expected}/${opened}/${resolved}`;
  const lake = repeatedRows > 0 ? `${inLake}+${repeatedRows}` : inLake;
  return row([name, sent, lake, malformed, givenUp, incidents, mails, repeatedMails, slowest, took, verdict]);
}

/** Such as `rang: DetectorErrors 3–12`. */
export const alarmsLine = (alarms: readonly Heard[]): string =>
  `rang: ${alarms.map(({ alarm, rangAfter, quietAfter }) => `${alarm} ${rangAfter}–${quietAfter ?? ''}`).join(', ')}`;

const row = (cells: readonly (string | number)[]) =>
  cells
    .map((cell, i) => (i === 0 ? String(cell).padEnd(WIDTHS[i] ?? 0) : String(cell).padStart(WIDTHS[i] ?? 0)))
    .join(' ')
    .trimEnd();

export const LEGEND = [
  'sent, lake: lines (+ rows of what the producer sent twice); errors: malformed lines under the error prefix;',
  'bucket: readings in the failure bucket; incidents: expected/opened/resolved; again: transitions mailed more',
  'than once; mail: slowest e-mail, from the reading that caused it; rang: alarms, by the second, which stands for',
  'a minute, until when they were quiet again.',
].join('\n');

export const howToRepeat = ({ name }: Outcome, seed: number) =>
  `npm run prove -- --only ${name} --seed ${seed}`;

/** A score as a table for people. */
import { plural } from '../../cli/text.ts';
import type { Rating, Score } from './match.ts';

const COLUMNS = ['', 'Episodes', 'Detected', 'Missed', 'Precision', 'Recall', 'Delay p50', 'p95'];
const WIDTHS = [10, 9, 9, 7, 10, 9, 10, 8];

export function scoreTable(score: Score): string {
  const lines = [
    row(COLUMNS),
    ...score.kinds.map((rating) => row([rating.kind, ...cells(rating)])),
    row(['total', ...cells(score.total)]),
    '',
    falseIncidents(score),
  ];
  return `${lines.join('\n')}\n`;
}

const cells = (rating: Rating): string[] => [
  String(rating.episodes),
  String(rating.detected),
  String(rating.missed),
  percent(rating.precision),
  percent(rating.recall),
  seconds(rating.delayMs?.p50),
  seconds(rating.delayMs?.p95),
];

/** Aligns the first column to the left, numbers to the right. */
const row = (texts: readonly string[]) =>
  texts
    .map((text, i) => (i === 0 ? text.padEnd(WIDTHS[i] ?? 0) : text.padStart(WIDTHS[i] ?? 0)))
    .join('')
    .trimEnd();

function falseIncidents({ falseIncidents: count, deviceDays, falsePerDeviceDay }: Score): string {
  const text = plural(count, 'false incident');
  return deviceDays === null
    ? `${text}; the truth has no line of the run, so there is no rate`
    : `${text} in ${deviceDays.toPrecision(3)} device-days: ${falsePerDeviceDay?.toPrecision(3) ?? '–'} per device-day`;
}

const percent = (share: number | null) => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);
const seconds = (ms: number | undefined) => (ms === undefined ? '–' : `${(ms / 1000).toFixed(1)} s`);

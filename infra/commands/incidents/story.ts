/** An incident from its beginning, in words. Pure. */
import type { Alert } from '../../../services/contract/alert.ts';
import type { ByHand } from '../../../services/contract/by-hand.ts';
import { describeLength } from '../../../services/contract/duration.ts';
import { METRIC_FIELDS } from '../../../services/contract/reading.ts';
import type { SentNote } from '../../../services/contract/sent.ts';
import { shownNumber } from '../../../services/contract/shown.ts';
import type { OpenIncident } from '../../cli/incidents/open-incident.ts';
import { plain, wrap } from '../../cli/text.ts';
import { sparkline } from '../query/sparkline.ts';
import type { Drawn } from './history.ts';
import { describeByHand, placeOf, secondOf } from './words.ts';

/** What is known of an incident: one of the two is there. */
export interface Known {
  /** Undefined where it is over. */
  open: OpenIncident | undefined;
  /** Those that have reached the lake, oldest first. */
  alerts: readonly Alert[];
}

/** What it is about and how it stands. */
export function describeIncident({ open, alerts }: Known, nowMs: number): string {
  const last = alerts.at(-1);
  const about = open ?? last;
  if (about === undefined) return '';
  const facts: [label: string, text: string][] = [
    ['Incident', about.incident_id],
    ['Rule', about.rule],
    ['On', placeOf(about)],
    ['State', open ? `${open.state}, ${open.severity}` : stateOf(last)],
    [
      'Since',
      `${secondOf(about.started_at)} UTC, ${lasted(about.started_at, open ? undefined : last, nowMs)}`,
    ],
    ['Peak', peakOf(about.peak, last)],
    ...(open?.acknowledged ? [pair('Looked at', `by ${describeByHand(open.acknowledged)}`)] : []),
    ...(open?.close_requested ? [pair('Closing', `by ${describeByHand(open.close_requested)}`)] : []),
    ...(open && open.untold > 0 ? [pair('Not told', `${open.untold} of its alerts wait to be told`)] : []),
  ];
  return facts.map(([label, text]) => `${label.padEnd(10)} ${text}\n`).join('');
}

const pair = (label: string, text: string): [string, string] => [label, text];

/** Without an item, and without its end: the table has forgotten it, or its last alert is on its way to the lake. */
const stateOf = (last: Alert | undefined) =>
  last?.status === 'resolved' ? 'resolved' : 'over; the alert that says so has not reached the lake';

function lasted(startedAt: string, last: Alert | undefined, nowMs: number): string {
  const over = last?.status === 'resolved';
  const length = describeLength((over ? Date.parse(last.at) : nowMs) - Date.parse(startedAt));
  return over ? `for ${length}` : `${length} ago`;
}

function peakOf(value: number, alert: Alert | undefined): string {
  const rounded = String(shownNumber(value));
  if (alert === undefined) return rounded;
  return `${rounded} ${alert.metric === null ? 's' : METRIC_FIELDS[alert.metric].unit}`;
}

interface Moment {
  at: string;
  what: string;
  text: string;
}

/** A line for everything that happened, oldest first. What is not in the lake yet is told by the item. */
export function renderTimeline({ open, alerts }: Known, width: number): string {
  const moments = [
    ...pendingOf(alerts),
    ...alerts.map(momentOf),
    ...(open && alerts.length === 0 ? [{ at: open.started_at, what: 'began', text: '' }] : []),
    ...byHandOf('acknowledged', open?.acknowledged),
    ...byHandOf('close asked', open?.close_requested),
  ].toSorted((a, b) => a.at.localeCompare(b.at));
  const widest = Math.max(...moments.map(({ what }) => what.length));
  const lines = moments.flatMap(({ at, what, text }) =>
    wrap(text, `${secondOf(at)}  ${what.padEnd(widest)}  `, width).map((line) => line.trimEnd()),
  );
  const late =
    alerts.length === 0 ? ['Its alerts have not reached the lake yet: try again in a few minutes.'] : [];
  return ['Timeline (UTC)', ...lines, ...late, ''].join('\n');
}

function momentOf({ at, status, severity, summary, silenced_by, closed_by, comment }: Alert): Moment {
  const notes = [
    ...(silenced_by === undefined ? [] : [`told nobody: silence ${silenced_by}`]),
    ...(closed_by === undefined ? [] : [`closed by ${closed_by}${comment ? `: ${comment}` : ''}`]),
  ];
  return { at, what: `${status} ${severity}`, text: plain([...notes, summary].join('; ')) };
}

/** The first breach, where the rule waited for more. */
function pendingOf([first]: readonly Alert[]): Moment[] {
  if (first === undefined || first.started_at === first.at) return [];
  return [{ at: first.started_at, what: 'pending', text: 'the first breach' }];
}

const byHandOf = (what: string, deed: ByHand | undefined): Moment[] =>
  deed ? [{ at: deed.at, what, text: plain(`by ${deed.by}${deed.comment ? `: ${deed.comment}` : ''}`) }] : [];

/** `temperature  ▁▂▅█▃  21.4 to 88 °C` */
export function renderReadings(series: readonly Drawn[]): string {
  if (series.length === 0) return 'No readings of it have reached the lake yet.\n';
  const widest = Math.max(...series.map(({ metric }) => metric.length));
  return series
    .map(({ metric, values }) => {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const { unit } = METRIC_FIELDS[metric];
      return `${metric.padEnd(widest)}  ${sparkline(values)}  ${low} to ${high} ${unit}\n`;
    })
    .join('');
}

/** A line for each request to a channel. */
export function renderSent(notes: readonly SentNote[]): string {
  if (notes.length === 0) return 'No channel was sent anything about it in the last twenty days.\n';
  return notes
    .map((note) => `${secondOf(note.at)}  ${note.status} to ${note.channel}: ${answerOf(note)}\n`)
    .join('');
}

function answerOf({ isSent, answer, attempts }: SentNote): string {
  const tried = attempts > 1 ? ` after ${attempts} attempts` : '';
  if (answer === undefined) return `being sent${tried}`;
  return isSent ? `${answer}${tried}` : `not told, ${answer}${tried}`;
}

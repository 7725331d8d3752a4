/** The open incidents as a table. Pure. */
import { describeLength } from '../../../services/contract/duration.ts';
import { shownNumber } from '../../../services/contract/shown.ts';
import { SEVERITIES } from '../../../services/contract/threshold.ts';
import type { OpenIncident } from '../../cli/incidents/open-incident.ts';
import { clip, formatNumber, plural } from '../../cli/text.ts';
import { placeOf, shortLength } from './words.ts';

/** More than these, nobody reads in a terminal. */
const MAX_ROWS = 100;
const GAP = '  ';
const HEADS = ['severity', 'for', 'id', 'rule', 'device (site)', 'peak'];
/** A longer name is cut: `show` has all of it. */
const WIDEST = 24;

export interface Listed extends OpenIncident {
  /** Id of an active silence that matches it. */
  silenced_by?: string;
}

/**
 * @param incidents those that were asked for, in the order of the table
 * @param open how many there are in all: a name that is wrong must not look like a quiet night
 */
export function renderIncidents(
  incidents: readonly Listed[],
  open: number,
  nowMs: number,
  width: number,
): string {
  if (incidents.length === 0) return nothing(open);
  const shown = incidents.slice(0, MAX_ROWS);
  const length = shortLength(incidents.map(({ incident_id: id }) => id));
  const rows = [HEADS, ...shown.map((incident) => cellsOf(incident, nowMs, length))];
  const widths = HEADS.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.flatMap((row, i) => {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(GAP);
    return withNotes(line, notesOf(shown[i - 1]), width);
  });
  const left = incidents.length - shown.length;
  const more = left > 0 ? [`… and ${formatNumber(left)} more: filter them, or --json gives all`] : [];
  return [countsOf(incidents), '', ...lines, ...more, ''].join('\n');
}

function nothing(open: number): string {
  if (open === 0) return 'Nothing is open.\n';
  const none =
    open === 1 ? 'The only open incident is not' : `None of the ${formatNumber(open)} open incidents is`;
  return `${none} of this site, rule, severity or time.\n`;
}

function countsOf(incidents: readonly OpenIncident[]): string {
  const counts = SEVERITIES.toReversed().flatMap((severity) => {
    const { length } = incidents.filter((incident) => incident.severity === severity);
    return length > 0 ? [`${formatNumber(length)} ${severity}`] : [];
  });
  const are = incidents.length === 1 ? 'is' : 'are';
  return `${plural(incidents.length, 'incident')} ${are} open: ${counts.join(', ')}`;
}

/** Notes stand beside the line where the screen has room for them, and else below it. */
function withNotes(line: string, notes: string, width: number): string[] {
  const beside = `${line}${GAP}${notes}`.trimEnd();
  return notes === '' || beside.length <= width
    ? [clip(beside, width)]
    : [clip(line.trimEnd(), width), `${' '.repeat(HEADS[0]?.length ?? 0)}${GAP}${notes}`];
}

function cellsOf(incident: OpenIncident, nowMs: number, idLength: number): string[] {
  return [
    incident.severity,
    roughly(nowMs - Date.parse(incident.started_at)),
    incident.incident_id.slice(0, idLength),
    clip(incident.rule, WIDEST),
    clip(placeOf(incident), WIDEST),
    String(shownNumber(incident.peak)),
  ];
}

/** `2 h`: the largest unit says enough here. */
const roughly = (ms: number): string => describeLength(ms).split(' ').slice(0, 2).join(' ');

/** What else somebody would want to know at a glance. */
function notesOf(incident: Listed | undefined): string {
  if (incident === undefined) return '';
  const { state, untold, acknowledged, close_requested, silenced_by } = incident;
  return [
    ...(close_requested ? [`${close_requested.by} closes it`] : []),
    ...(acknowledged ? [`${acknowledged.by} has it`] : []),
    ...(silenced_by === undefined ? [] : [`silenced (${silenced_by})`]),
    ...(state === 'recovering' ? ['recovering'] : []),
    ...(untold > 0 ? ['not told yet'] : []),
  ].join(', ');
}

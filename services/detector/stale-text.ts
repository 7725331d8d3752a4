/** What a person reads about alerts that were old when they were decided: one digest for a site that has caught up. */
import type { Alert } from '../contract/alert.ts';
import { lookOf } from '../contract/look.ts';
import { counted } from '../contract/text.ts';
import { SEVERITIES } from '../contract/threshold.ts';
import { groupBy } from './group.ts';
import { historyQuery } from './history-query.ts';
import { lookLines } from './look-lines.ts';
import type { Pointers } from './pointers.ts';
import { formatTime, whereOf } from './words.ts';

/** Rows that are written out; the others are counted. */
const MAX_LISTED = 20;
/** Devices that the query names. */
const MAX_QUERIED = 5;

/** An incident, as far as its stale alerts tell. */
interface Told {
  /** The first of its alerts, and the last. */
  first: Alert;
  last: Alert;
}

const isOpen = ({ last }: Told) => last.status !== 'resolved';

/** Open ones first, then the severest. */
function incidentsOf(alerts: readonly Alert[]): Told[] {
  const told = groupBy(alerts, ({ incident_id }) => incident_id).map(([, of]) => ({
    first: of[0] as Alert,
    last: of.at(-1) as Alert,
  }));
  const rank = (one: Told) => Number(isOpen(one)) * SEVERITIES.length + SEVERITIES.indexOf(one.last.severity);
  return told.toSorted((a, b) => rank(b) - rank(a));
}

/** The same order for programs that read only the first of a list. */
export const openFirst = (alerts: readonly Alert[]): Alert[] => {
  const open = new Set(
    incidentsOf(alerts)
      .filter(isOpen)
      .map(({ last }) => last.incident_id),
  );
  return [
    ...alerts.filter(({ incident_id }) => open.has(incident_id)),
    ...alerts.filter(({ incident_id }) => !open.has(incident_id)),
  ];
};

/** Such as `4 incidents, all over` and `4 incidents, 1 still open`. */
function outcome(told: readonly Told[]): string {
  const open = told.filter(isOpen).length;
  const rest = open === 0 ? 'all over' : open === told.length ? 'still open' : `${open} still open`;
  if (told.length === 1) return `1 incident, ${open === 0 ? 'over' : 'still open'}`;
  return `${counted(told.length, 'incident')}, ${rest === 'still open' ? 'all still open' : rest}`;
}

/** At most 99 printable ASCII characters: ids have at most 64, which are such. */
export const staleSubject = (alerts: readonly Alert[]): string =>
  `OLD NEWS - ${alerts[0]?.site_id}: ${outcome(incidentsOf(alerts))}`;

export function staleText(alerts: readonly Alert[], { lake, whereabouts }: Pointers): string {
  const told = incidentsOf(alerts);
  const [siteId] = alerts.map(({ site_id }) => site_id);
  const times = alerts.map(({ started_at }) => started_at).toSorted();
  return [
    `While ${siteId} was offline or behind: ${outcome(told)}`,
    '',
    `${'Site'.padEnd(10)} ${siteId}`,
    `${'Since'.padEnd(10)} ${formatTime(times[0] ?? '')}`,
    '',
    'These alerts were older than their rules tell one by one (notifyWithin). What is still open',
    'is told as usual from now on.',
    '',
    row('Now', 'Since', 'Severity', 'Rule', 'Device'),
    ...told.slice(0, MAX_LISTED).map(lineOf),
    ...(told.length > MAX_LISTED ? [`and ${told.length - MAX_LISTED} more`] : []),
    '',
    ...lookLines(lookOf(whereabouts)),
    '',
    'History of the first, in Athena:',
    '',
    historyQuery(
      told.slice(0, MAX_QUERIED).map(({ last }) => last),
      lake,
    ),
    '',
  ].join('\n');
}

const lineOf = (one: Told) =>
  row(
    isOpen(one) ? 'OPEN' : 'over',
    formatTime(one.first.started_at),
    one.last.severity,
    one.last.rule,
    whereOf(one.last),
  );

const row = (state: string, since: string, severity: string, rule: string, where: string) =>
  [state.padEnd(4), since.padEnd(23), severity.padEnd(8), rule.padEnd(20), where].join(' ');

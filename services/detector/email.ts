/** What a person reads: subject and body of the e-mail. */
import type { Alert } from '../contract/alert.ts';
import { describeLength } from '../contract/duration.ts';
import { type Look, lookOf } from '../contract/look.ts';
import type { Rule } from '../contract/rule.ts';
import { counted } from '../contract/text.ts';
import { WHOLE_SITE } from '../contract/whole-site.ts';
import { closedBy, wordsOf } from './alert-words.ts';
import { groupBy } from './group.ts';
import { historyQuery } from './history-query.ts';
import { lookLines } from './look-lines.ts';
import type { Pointers } from './pointers.ts';
import { formatTime, lastedMs, whereOf } from './words.ts';

/** SNS: "less than 100 characters long". */
const MAX_SUBJECT_CHARACTERS = 99;
/** Rows of a digest that are written out; the others are counted. */
const MAX_LISTED = 20;
/** Devices that a digest's query names. */
const MAX_QUERIED = 5;

type Annotations = Rule['annotations'];
type Alerts = readonly Alert[];

const first = (alerts: Alerts) => alerts[0] as Alert;
const distinct = (values: readonly string[]) => new Set(values).size;
/** Names of devices are their site's own. */
const devices = (alerts: Alerts) => distinct(alerts.map((alert) => `${alert.site_id} ${alert.device_id}`));
const sitesIn = (alerts: Alerts) => distinct(alerts.map((alert) => alert.site_id));

/** One printable ASCII line, whatever the rule and the device are called; SNS refuses anything else. */
export function subjectOf(alerts: Alerts): string {
  const { status, severity, rule } = first(alerts);
  const head = `${status.toUpperCase()} ${severity}: ${rule}`;
  const where =
    alerts.length === 1
      ? whereOf(first(alerts))
      : `${counted(devices(alerts), 'device')}, ${counted(sitesIn(alerts), 'site')}`;
  const subject = `${head} - ${where}`.replaceAll(/[^\x20-\x7e]/g, '?');
  if (subject.length <= MAX_SUBJECT_CHARACTERS) return subject;
  return `${subject.slice(0, MAX_SUBJECT_CHARACTERS - 3)}...`;
}

/** What a mail about one alert says besides it. */
export interface Around {
  look: Look;
  /** Incidents that are open at the site besides this one; undefined where nobody has looked. */
  others: number | undefined;
}

export function singleText(
  alert: Alert,
  annotations: Annotations,
  { lake }: Pointers,
  { look, others }: Around,
): string {
  const { device_id, site_id } = alert;
  const lines: [string, string][] = [
    device_id === WHOLE_SITE ? ['Site', site_id] : ['Device', `${device_id}, site ${site_id}`],
    ['Status', `${alert.status.toUpperCase()}, ${alert.severity}`],
    ['Rule', alert.rule],
    ['Since', formatTime(alert.started_at)],
    ...(alert.status === 'resolved'
      ? ([['Until', `${formatTime(alert.at)} (${describeLength(lastedMs(alert))})`]] as [string, string][])
      : []),
    ...courseOf(alert),
    ...othersLine(site_id, others),
  ];
  return [
    alert.summary,
    '',
    ...lines.map(([label, text]) => `${label.padEnd(10)} ${text}`),
    ...advice(annotations),
    '',
    ...lookLines(look),
    '',
    'Its history, in Athena:',
    '',
    historyQuery([alert], lake),
    '',
    `Incident ${alert.incident_id}, notification ${alert.notification_id}`,
    '',
  ].join('\n');
}

/** No reading caused a reminder, or an end by hand. */
function courseOf(alert: Alert): [string, string][] {
  if (alert.closed_by !== undefined) return [['Ended by', closedBy(alert)]];
  if (alert.status === 'reminder') return [['Lasts', `for ${describeLength(lastedMs(alert))}`]];
  return wordsOf(alert).lines(alert);
}

function othersLine(siteId: string, others: number | undefined): [string, string][] {
  if (others === undefined) return [];
  const are = others === 1 ? 'is' : 'are';
  return [
    ['Also open', others === 0 ? `nothing else at ${siteId}` : `${others} more ${are} open at ${siteId}`],
  ];
}

export function digestText(
  alerts: Alerts,
  annotations: Annotations,
  { lake, whereabouts }: Pointers,
): string {
  const { status, rule } = first(alerts);
  const severities = groupBy(alerts, (alert) => alert.severity);
  const sites = groupBy(alerts, (alert) => alert.site_id).toSorted(([, a], [, b]) => b.length - a.length);
  return [
    `${annotations?.summary ?? rule}: ${counted(devices(alerts), 'device')} ${status} at ${counted(sites.length, 'site')}`,
    '',
    `${'Rule'.padEnd(10)} ${rule}`,
    `${'Status'.padEnd(10)} ${status.toUpperCase()}, ${severities.map(([severity, of]) => `${of.length} ${severity}`).join(', ')}`,
    `${'Since'.padEnd(10)} ${formatTime(earliest(alerts))}`,
    `${'Sites'.padEnd(10)} ${listed(
      sites.map(([site, of]) => `${site} (${of.length})`),
      MAX_LISTED,
      ', ',
    )}`,
    ...advice(annotations),
    '',
    digestRow(
      'Device',
      'Site',
      'Severity',
      columnsOf(first(alerts)).map(([head]) => head),
    ),
    listed(alerts.map(digestLine), MAX_LISTED, '\n'),
    '',
    ...lookLines(lookOf(whereabouts)),
    '',
    `History of the first ${counted(devices(alerts.slice(0, MAX_QUERIED)), 'device')}, in Athena:`,
    '',
    historyQuery(alerts.slice(0, MAX_QUERIED), lake),
    '',
  ].join('\n');
}

const columnsOf = (alert: Alert) => wordsOf(alert).columns(alert);

const digestLine = (alert: Alert) =>
  digestRow(
    alert.device_id,
    alert.site_id,
    alert.severity,
    columnsOf(alert).map(([, text]) => text),
  );

const digestRow = (device: string, site: string, severity: string, columns: readonly string[]) =>
  [
    ...[device.padEnd(24), site.padEnd(16), severity.padEnd(9)],
    ...columns.map((text) => text.padStart(9)),
  ].join(' ');

function listed(entries: readonly string[], max: number, separator: string): string {
  if (entries.length <= max) return entries.join(separator);
  return [...entries.slice(0, max), `and ${entries.length - max} more`].join(separator);
}

function advice(annotations: Annotations): string[] {
  return [
    ...(annotations?.description ? ['', annotations.description] : []),
    ...(annotations?.runbookUrl ? ['', `Runbook: ${annotations.runbookUrl}`] : []),
  ];
}

const earliest = (alerts: Alerts) => alerts.map((alert) => alert.started_at).toSorted()[0] ?? '';

/** What a person reads: subject and body of the e-mail. */
import type { Alert } from '../contract/alert.ts';
import { describeLength } from '../contract/duration.ts';
import { METRIC_FIELDS } from '../contract/reading.ts';
import type { Rule } from '../contract/rule.ts';
import { formatValue } from './alert-row.ts';
import { groupBy } from './group.ts';
import { historyQuery, type Lake } from './history-query.ts';

/** SNS: "less than 100 characters long". */
const MAX_SUBJECT_CHARACTERS = 99;
/** Rows of a digest that are written out; the others are counted. */
const MAX_LISTED = 20;
/** Devices that a digest's query names. */
const MAX_QUERIED = 5;

type Annotations = Rule['annotations'];
type Alerts = readonly Alert[];

const first = (alerts: Alerts) => alerts[0] as Alert;
const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
const distinct = (values: readonly string[]) => new Set(values).size;
/** Names of devices are their site's own. */
const devices = (alerts: Alerts) => distinct(alerts.map((alert) => `${alert.site_id} ${alert.device_id}`));
const sitesIn = (alerts: Alerts) => distinct(alerts.map((alert) => alert.site_id));

/** One printable ASCII line, whatever the rule and the device are called; SNS refuses anything else. */
export function subjectOf(alerts: Alerts): string {
  const { status, severity, rule, device_id, site_id } = first(alerts);
  const head = `${status.toUpperCase()} ${severity}: ${rule}`;
  const where =
    alerts.length === 1
      ? `${device_id} (${site_id})`
      : `${count(devices(alerts), 'device')}, ${count(sitesIn(alerts), 'site')}`;
  const subject = `${head} - ${where}`.replaceAll(/[^\x20-\x7e]/g, '?');
  if (subject.length <= MAX_SUBJECT_CHARACTERS) return subject;
  return `${subject.slice(0, MAX_SUBJECT_CHARACTERS - 3)}...`;
}

export function singleText(alert: Alert, annotations: Annotations, lake: Lake): string {
  const { unit } = METRIC_FIELDS[alert.metric];
  const lines: [string, string][] = [
    ['Device', `${alert.device_id}, site ${alert.site_id}`],
    ['Status', `${alert.status.toUpperCase()}, ${alert.severity}`],
    ['Rule', alert.rule],
    ['Since', formatTime(alert.started_at)],
    ...(alert.status === 'resolved'
      ? ([
          [
            'Until',
            `${formatTime(alert.at)} (${describeLength(Date.parse(alert.at) - Date.parse(alert.started_at))})`,
          ],
        ] as [string, string][])
      : []),
    [
      'Value',
      `${alert.metric} ${formatValue(alert.value)} ${unit}${alert.status === 'resolved' ? '' : `, at ${formatTime(alert.at)}`}`,
    ],
    ['Threshold', `${alert.operator} ${alert.threshold} ${unit}`],
    ['Peak', `${formatValue(alert.peak)} ${unit}`],
  ];
  return [
    alert.summary,
    '',
    ...lines.map(([label, text]) => `${label.padEnd(10)} ${text}`),
    ...advice(annotations),
    '',
    'Its history, in Athena:',
    '',
    historyQuery([alert], lake),
    '',
    `Incident ${alert.incident_id}, notification ${alert.notification_id}`,
    '',
  ].join('\n');
}

export function digestText(alerts: Alerts, annotations: Annotations, lake: Lake): string {
  const { status, rule, metric } = first(alerts);
  const { unit } = METRIC_FIELDS[metric];
  const severities = groupBy(alerts, (alert) => alert.severity);
  const sites = groupBy(alerts, (alert) => alert.site_id).toSorted(([, a], [, b]) => b.length - a.length);
  return [
    `${annotations?.summary ?? rule}: ${count(devices(alerts), 'device')} ${status} at ${count(sites.length, 'site')}`,
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
    `${'Device'.padEnd(24)} ${'Site'.padEnd(16)} ${'Severity'.padEnd(9)} ${`Value ${unit}`.padStart(9)} ${`Peak ${unit}`.padStart(9)}`,
    listed(alerts.map(digestLine), MAX_LISTED, '\n'),
    '',
    `History of the first ${count(devices(alerts.slice(0, MAX_QUERIED)), 'device')}, in Athena:`,
    '',
    historyQuery(alerts.slice(0, MAX_QUERIED), lake),
    '',
  ].join('\n');
}

const digestLine = (alert: Alert) =>
  `${alert.device_id.padEnd(24)} ${alert.site_id.padEnd(16)} ${alert.severity.padEnd(9)} ${formatValue(alert.value).padStart(9)} ${formatValue(alert.peak).padStart(9)}`;

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

/** `2026-01-31T09:30:05.000Z` → `2026-01-31 09:30:05 UTC` */
const formatTime = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

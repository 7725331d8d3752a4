/** Alerts as messages for the topic: one alert each, or one digest per rule and status when there are many. */
import type { Alert, AlertStatus } from '../contract/alert.ts';
import { SEVERITIES, type Severity } from '../contract/rule.ts';
import type { CompiledRule } from './compile.ts';
import { digestText, singleText, subjectOf } from './email.ts';
import { groupBy } from './group.ts';
import type { Lake } from './history-query.ts';

/** What one Publish call takes. */
export interface Message {
  subject: string;
  /** For `MessageStructure: json`: a text per protocol. */
  body: string;
  attributes: Record<string, { DataType: 'String' | 'String.Array'; StringValue: string }>;
  /** The alerts that are told by it. */
  alerts: Alert[];
}

/** SNS' limit on the body, all protocols together, in bytes. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/**
 * More alerts than this in one invocation become digests. SNS disables an e-mail subscription that gets more than
 * ten messages a second (https://docs.aws.amazon.com/general/latest/gr/sns.html).
 */
export const MAX_SINGLE_MESSAGES = 5;
/** Of the limit, what the rows for the lake may take. The rest is for the e-mail, the JSON list and attributes. */
const ROWS_BYTES = 160 * 1024;
/** Of the limit, what the list in the JSON for other protocols may take. */
const LIST_BYTES = 32 * 1024;

/** As things happen to an incident. */
const IN_ORDER: AlertStatus[] = ['firing', 'escalated', 'resolved'];

export function planMessages(
  alerts: readonly Alert[],
  rules: ReadonlyMap<string, CompiledRule>,
  lake: Lake,
): Message[] {
  if (alerts.length <= MAX_SINGLE_MESSAGES) return alerts.map((alert) => message([alert], rules, lake));
  const groups = IN_ORDER.flatMap((status) => {
    const ofStatus = alerts.filter((alert) => alert.status === status);
    return groupBy(ofStatus, (alert) => alert.rule).map(([, group]) => group);
  });
  return groups.flatMap((group) => inChunks(worstFirst(group)).map((chunk) => message(chunk, rules, lake)));
}

/** The lake needs the row of every alert, so a digest that cannot hold them all becomes several. */
function inChunks(alerts: readonly Alert[]): Alert[][] {
  const chunks: Alert[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const alert of alerts) {
    const size = escapedBytes(row(alert));
    if (bytes + size > ROWS_BYTES) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(alert);
    bytes += size;
  }
  return chunks;
}

function worstFirst(alerts: readonly Alert[]): Alert[] {
  const rank = (severity: Severity) => -SEVERITIES.indexOf(severity);
  return alerts.toSorted(
    (a, b) => rank(a.severity) - rank(b.severity) || a.started_at.localeCompare(b.started_at),
  );
}

function message(alerts: Alert[], rules: ReadonlyMap<string, CompiledRule>, lake: Lake): Message {
  const [first] = alerts as [Alert, ...Alert[]];
  const annotations = rules.get(first.rule)?.rule.annotations;
  const single = alerts.length === 1;
  const body = JSON.stringify({
    default: single ? JSON.stringify(first) : JSON.stringify(digestJson(alerts)),
    email: single ? singleText(first, annotations, lake) : digestText(alerts, annotations, lake),
    firehose: alerts.map(row).join(''),
  });
  return {
    subject: subjectOf(alerts),
    body,
    attributes: {
      status: { DataType: 'String', StringValue: first.status },
      rule: { DataType: 'String', StringValue: first.rule },
      severity: attribute(alerts.map((alert) => alert.severity)),
      site_id: attribute(alerts.map((alert) => alert.site_id)),
    },
    alerts,
  };
}

const row = (alert: Alert) => `${JSON.stringify(alert)}\n`;

/** An array attribute matches a filter policy when any of its values does. */
function attribute(values: readonly string[]): Message['attributes'][string] {
  const distinct = [...new Set(values)];
  const [only] = distinct;
  if (only !== undefined && distinct.length === 1) return { DataType: 'String', StringValue: only };
  return { DataType: 'String.Array', StringValue: JSON.stringify(distinct) };
}

/** What programs get for a digest: as many alerts as fit, and how many more there are. */
function digestJson(alerts: readonly Alert[]) {
  const [first] = alerts as [Alert, ...Alert[]];
  const listed: Alert[] = [];
  let bytes = 0;
  for (const alert of alerts) {
    bytes += escapedBytes(row(alert));
    if (bytes > LIST_BYTES) break;
    listed.push(alert);
  }
  return {
    status: first.status,
    rule: first.rule,
    severity: first.severity,
    count: alerts.length,
    alerts: listed,
    truncated: alerts.length - listed.length,
  };
}

/** Bytes of a text inside a JSON string. */
const escapedBytes = (text: string) => Buffer.byteLength(JSON.stringify(text));

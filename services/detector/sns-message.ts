/** Alerts in the shape that SNS takes: a text per protocol, attributes for filter policies, and a limit on the bytes. */
import type { Alert } from '../contract/alert.ts';
import { lookOf } from '../contract/look.ts';
import { escaped, escapedBytes, escapedRowBytes, escapedTextOf, textOf } from './alert-text.ts';
import type { CompiledRule } from './compile.ts';
import { digestText, singleText, subjectOf } from './email.ts';
import type { OpenAt, Pointers } from './pointers.ts';
import { openFirst, staleSubject, staleText } from './stale-text.ts';

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
 * Of the limit, what the rows for the lake may take, with the ids for programs. The rest is for the e-mail, the JSON list
 * and attributes.
 */
const ROWS_BYTES = 176 * 1024;
/** Of the limit, what the list in the JSON for other protocols may take. */
const LIST_BYTES = 16 * 1024;

/** The messages of one group, made when they are asked for: most of a storm waits for a later turn. */
export function* toMessages(
  group: readonly Alert[],
  rules: ReadonlyMap<string, CompiledRule>,
  pointers: Pointers,
  openAt: OpenAt = () => undefined,
): Generator<Message> {
  for (const chunk of inChunks(group)) yield message(chunk, rules, pointers, openAt);
}

/** The same of stale alerts of one site, each chunk a digest of its own. */
export function* toStaleMessages(alerts: readonly Alert[], pointers: Pointers): Generator<Message> {
  for (const chunk of inChunks(alerts)) {
    const body = bodyOf(escapedDigest(openFirst(chunk), pointers), staleText(chunk, pointers), chunk);
    yield { subject: staleSubject(chunk), body, attributes: attributesOf(chunk), alerts: chunk };
  }
}

/** The lake needs the row of every alert, so a digest that cannot hold them all becomes several. */
export function inChunks(alerts: readonly Alert[]): Alert[][] {
  // The ids are part of the row.
  const mostBytes = alerts.reduce((sum, alert) => sum + 2 * escapedRowBytes(alert), 0);
  if (alerts.length > 0 && mostBytes <= ROWS_BYTES) return [[...alerts]];
  const chunks: Alert[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const alert of alerts) {
    const size = escapedRowBytes(alert) + escapedBytes(JSON.stringify(idsOf(alert)));
    if (bytes + size > ROWS_BYTES) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(alert);
    bytes += size;
  }
  return chunks;
}

function message(
  alerts: Alert[],
  rules: ReadonlyMap<string, CompiledRule>,
  pointers: Pointers,
  openAt: OpenAt,
): Message {
  const [first] = alerts as [Alert, ...Alert[]];
  const annotations = rules.get(first.rule)?.rule.annotations;
  const around = {
    look: lookOf(pointers.whereabouts, first.incident_id),
    others: othersBeside(first, openAt),
  };
  const body =
    alerts.length === 1
      ? bodyOf(
          escaped(JSON.stringify({ ...first, look: around.look })),
          singleText(first, annotations, pointers, around),
          alerts,
        )
      : bodyOf(escapedDigest(alerts, pointers), digestText(alerts, annotations, pointers), alerts);
  return { subject: subjectOf(alerts), body, attributes: attributesOf(alerts), alerts };
}

/**
 * A text per protocol as JSON. Alerts are most of it, and stand in it twice: they are put in as they are escaped already.
 * @param programs for the protocols of programs, as it stands inside a JSON string
 * @param lake the alerts whose rows the lake gets
 */
function bodyOf(programs: string, email: string, lake: readonly Alert[]): string {
  const firehose = lake.map(escapedTextOf).join('\\n');
  return `{"default":"${programs}","email":${JSON.stringify(email)},"firehose":"${firehose}"}`;
}

/** An incident that is over is not among those that are open. */
function othersBeside({ status, site_id }: Alert, openAt: OpenAt): number | undefined {
  const open = openAt(site_id);
  return open === undefined ? undefined : Math.max(0, open - (status === 'resolved' ? 0 : 1));
}

/** Without a newline at the end: AWS does not say whether Firehose would take what follows it for an empty line. */
export const rows = (alerts: readonly Alert[]) => alerts.map(textOf).join('\n');

const attributesOf = (alerts: readonly Alert[]): Message['attributes'] => ({
  status: attribute(alerts.map((alert) => alert.status)),
  rule: attribute(alerts.map((alert) => alert.rule)),
  severity: attribute(alerts.map((alert) => alert.severity)),
  site_id: attribute(alerts.map((alert) => alert.site_id)),
});

/** An array attribute matches a filter policy when any of its values does. */
function attribute(values: readonly string[]): Message['attributes'][string] {
  const distinct = [...new Set(values)];
  const [only] = distinct;
  if (only !== undefined && distinct.length === 1) return { DataType: 'String', StringValue: only };
  return { DataType: 'String.Array', StringValue: JSON.stringify(distinct) };
}

/**
 * What programs get for a digest, as it stands inside a JSON string: as many alerts as fit, and of the others what it
 * takes to open or close them.
 */
function escapedDigest(alerts: readonly Alert[], { whereabouts }: Pointers): string {
  const [{ status, rule, severity }] = alerts as [Alert, ...Alert[]];
  const listed = alerts.slice(0, fitting(alerts));
  const head = JSON.stringify({ status, rule, severity, count: alerts.length });
  const tail = JSON.stringify({
    truncated: alerts.length - listed.length,
    others: alerts.slice(listed.length).map(idsOf),
    look: lookOf(whereabouts),
  });
  const list = listed.map(escapedTextOf).join(',');
  return `${escaped(`${head.slice(0, -1)},"alerts":[`)}${list}${escaped(`],${tail.slice(1)}`)}`;
}

/** How many of them fit into the list. */
function fitting(alerts: readonly Alert[]): number {
  let bytes = 0;
  const first = alerts.findIndex((alert) => {
    bytes += escapedRowBytes(alert);
    return bytes > LIST_BYTES;
  });
  return first === -1 ? alerts.length : first;
}

const idsOf = ({ incident_id, status, severity, rule, site_id, device_id, notification_id: id }: Alert) => {
  // There may be several reminders of an incident. What is undefined is not written.
  const notification_id = status === 'reminder' ? id : undefined;
  return { incident_id, status, severity, rule, site_id, device_id, notification_id };
};

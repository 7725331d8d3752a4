/** What a person reads of news, whatever the channel. */
import { type Alert, WHOLE_SITE } from '../../contract/alert.ts';
import { type Look, lookOf, type Whereabouts } from '../../contract/look.ts';
import { METRIC_FIELDS } from '../../contract/reading.ts';
import { shownNumber } from '../../contract/shown.ts';
import { clipped, counted } from '../../contract/text.ts';
import type { News, Told } from './news.ts';

/** Incidents that a message to people names. */
const MAX_NAMED = 10;

/** `device dev-7 at plant-1`, or `site plant-1`. */
export const placeOf = ({ device_id, site_id }: Told): string =>
  device_id === WHOLE_SITE ? `site ${site_id}` : `${device_id} at ${site_id}`;

/** `FIRING critical: temperature-high - dev-7 at plant-1` */
export function titleOf({ status, rule, told }: News): string {
  const [first] = told;
  const sites = new Set(told.map(({ site_id }) => site_id)).size;
  const where =
    told.length === 1 ? placeOf(first) : `${counted(told.length, 'incident')} at ${counted(sites, 'site')}`;
  return `${status.toUpperCase()} ${first.severity}: ${rule} - ${where}`;
}

/** One line for each incident, as far as a person would read on. */
export function linesOf({ told }: News): string[] {
  const named = told.slice(0, MAX_NAMED).map((one) => one.alert?.summary ?? placeOf(one));
  return told.length > MAX_NAMED ? [...named, `and ${told.length - MAX_NAMED} more`] : named;
}

/** Where to look next: at the incident, or at all where there are several. */
export const lookAt = ({ told }: News, whereabouts: Whereabouts): Look =>
  lookOf(whereabouts, told.length === 1 ? told[0].incident_id : undefined);

/** Label and value, of a single incident. */
export function factsOf({ told }: News): [label: string, value: string][] {
  const [{ alert }] = told;
  if (told.length > 1 || alert === undefined) return [];
  return [
    ['Since', formatTime(alert.started_at)],
    ...(alert.status === 'resolved' ? ([['Until', formatTime(alert.at)]] as [string, string][]) : []),
    ...valuesOf(alert),
    ['Incident', alert.incident_id],
  ];
}

/** Rules of another kind say what they saw in the summary. */
function valuesOf(alert: Alert): [string, string][] {
  const { kind, metric, value, operator, threshold, peak } = alert;
  if (kind !== 'threshold' || metric === null) return [];
  const { unit } = METRIC_FIELDS[metric];
  // No reading caused a reminder, or an end by hand.
  if (alert.status === 'reminder' || alert.closed_by !== undefined)
    return [['Peak', `${shownNumber(peak)} ${unit}`]];
  return [
    ['Value', `${shownNumber(value)} ${unit} (${operator} ${threshold})`],
    ['Peak', `${shownNumber(peak)} ${unit}`],
  ];
}

/** `2026-01-31 09:30:00 UTC` */
const formatTime = (iso: string) => `${iso.slice(0, 19).replace('T', ' ')} UTC`;

/** At most this many characters, the last of them a mark where something is missing. */
export const clip = (text: string, most: number): string =>
  text.length <= most ? text : `${clipped(text, most - 1)}…`;

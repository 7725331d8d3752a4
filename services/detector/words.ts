/** What a person reads about an alert, and what the words of all kinds share. */
import type { Alert } from '../contract/alert.ts';
import { METRIC_FIELDS } from '../contract/reading.ts';
import { shownNumber } from '../contract/shown.ts';
import { WHOLE_SITE } from '../contract/whole-site.ts';

/** How a kind puts an alert into words: from the alert alone, which may have waited in an outbox. */
export interface Words {
  /** What is wrong, where the rule has no summary of its own. */
  what(alert: Alert): string;
  /** How it was when the alert was decided, and what would be normal. */
  now(alert: Alert): string;
  /** How it was, once it is over. */
  over(alert: Alert): string;
  /** Lines of the e-mail, each with its label. */
  lines(alert: Alert): [label: string, text: string][];
  /** Two columns of a digest. */
  columns(alert: Alert): [head: string, text: string][];
}

export const formatValue = (value: number): string => String(shownNumber(value));

/** A value in the unit of the alert's metric. */
export const inUnit = ({ metric }: Alert, value: number): string => `${formatValue(value)} ${unitOf(metric)}`;

export const unitOf = (metric: Alert['metric']): string =>
  metric === null ? 's' : METRIC_FIELDS[metric].unit;

/** `pump-17 (site-03)`, or the site where it is about all of it. */
export const whereOf = ({ device_id, site_id }: Alert): string =>
  device_id === WHOLE_SITE ? site_id : `${device_id} (${site_id})`;

/** How long the incident has lasted, ms. */
export const lastedMs = ({ started_at, at }: Alert): number => Date.parse(at) - Date.parse(started_at);

/** `2026-01-31T09:30:05.000Z` → `2026-01-31 09:30:05 UTC` */
export const formatTime = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

/** The answers to the page's requests: plain types, all JSON. */

import type { SentNote } from '../../../services/contract/sent.ts';
import type { Silence } from '../../../services/contract/silence-schema.ts';
import type { Mail } from '../../emulator/mailbox/mail.ts';
import type { Iso, ListedIncident, MailSummary, ShownFault } from './page-state.ts';
import type {
  RulesCheck,
  RulesFileText,
  RulesInForce,
  RulesWritten,
  RuleTrial,
  TrialCost,
} from './rules-answers.ts';

/** Path → answer to GET. */
export interface GetAnswers {
  '/api/incidents': IncidentPage;
  '/api/incident': IncidentDetail;
  '/api/told': Told;
  '/api/health': Health;
  '/api/silences': ShownSilence[];
  '/api/series': Series;
  '/api/device': DeviceHistory;
  '/api/model': DeviceModel;
  '/api/rules': RulesInForce;
  '/api/rules-file': RulesFileText;
  '/api/rules-trial': RuleTrial;
  '/api/rules-trial-cost': TrialCost;
  '/api/lake': LakeListing;
  '/api/mail': Mail;
  '/api/queries': SavedQuery[];
  '/api/control/faults': { active: ShownFault[]; presets: FaultPreset[] };
}

/** Path → answer to POST. */
export interface PostAnswers {
  '/api/acknowledge': { done: string };
  '/api/close': { done: string };
  '/api/silence': { done: string; id: string };
  '/api/end-silence': { done: string };
  '/api/device-command': { done: string };
  '/api/live-readings': { done: string };
  '/api/rules-check': RulesCheck;
  '/api/rules-trial': { id: string };
  '/api/rules-trial-stop': { done: string };
  '/api/rules-write': RulesWritten;
  '/api/query': QueryAnswer;
  '/api/fleet': { done: string };
  '/api/edge': { done: string };
  '/api/control/faults': ShownFault;
}

/** Some of the incidents that match, of all that there are. */
export interface IncidentPage {
  incidents: ListedIncident[];
  /** How many match. */
  matching: number;
  offset: number;
  /** Values to filter by, each with the number that match all other filters; the most frequent first. */
  facets: Record<IncidentFacet, { value: string; count: number }[]>;
  /** How the lake was asked for incidents that are over; absent where that was not needed. */
  lake?: AskedLake | undefined;
}

/** A look into the lake's table of alerts, which is kept for a minute. */
export interface AskedLake {
  /** How far back. */
  days: number;
  at: Iso;
  /** Incidents with an alert in that time, and how many of them are listed. */
  total: number;
  listed: number;
  scannedBytes: number;
  /** In US dollars. */
  cost: number;
}

export type IncidentFacet = 'state' | 'severity' | 'site' | 'rule';

export interface IncidentDetail {
  incident: ListedIncident;
  /** Other open incidents at its site, the first of them. */
  atSite: ListedIncident[];
  atSiteTotal: number;
  /** Silences that hold for it now: nobody is told of it. Absent where they could not be read. */
  silences?: ShownSilence[];
}

/** Who was told of an incident. What cannot be known is absent. */
export interface Told {
  /** Those that name it, oldest first, each once with all its recipients. Only where the mailbox is here. */
  mails?: SentMail[];
  /** Requests to channels about it, in the order in which they were tried. */
  channels?: SentNote[];
  /** Who is subscribed now. SNS does not say whether a mail has arrived. */
  subscribers?: ShownSubscriber[];
}

export interface ShownSubscriber {
  address: string;
  isConfirmed: boolean;
  /** As JSON; missing where everything is wanted, null where it may not be seen. */
  filter?: string | null;
  /** What of the incident its filter lets through, such as `firing`; missing where that cannot be said. */
  gets?: string[];
}

/** Readings over time, in equal pieces: of one device every metric, of many devices one. */
export interface Series {
  /** Seconds since the epoch. */
  from: number;
  to: number;
  bucketSeconds: number;
  /** Beginning of each piece that has readings, in seconds since the epoch. */
  times: number[];
  /** By metric; each list goes with `times`. */
  bands: Record<string, SeriesBand>;
  /** Of many devices, those that went furthest from the rest. */
  outliers: { device_id: string; site_id: string; values: (number | null)[] }[];
  devices: number;
  readings: number;
  /** Time of the newest reading that the lake has, in seconds since the epoch. */
  lakeTo?: number;
  /** Why the lake is missing: then there are only the last minutes. */
  problem?: string;
  scannedBytes: number;
  cost: number;
}

export interface SeriesBand {
  low: (number | null)[];
  /** Of one device the mean, of many the median. */
  middle: (number | null)[];
  high: (number | null)[];
  /** Of many devices: between them are eight of ten readings. */
  tenth?: (number | null)[];
  ninetieth?: (number | null)[];
}

/** Of one device in a span of time; times are seconds since the epoch. */
export interface DeviceHistory {
  /** Where numbers are missing, the newest first. */
  gaps: { since: number; until: number; after: number; before: number; missing: number }[];
  /** Readings that were not evaluated, by reason. */
  refused: { verdict: string; reason: string; advice: string; readings: number; at: number }[];
  /** Why the lake could not say all of it. */
  problem?: string;
}

/** What is learnt of a device; empty where nothing is. */
export interface DeviceModel {
  /** `learningUntil` is missing where enough is learnt; before it, nothing is called unusual. */
  metrics: { metric: string; learningUntil?: Iso }[];
}

export interface ShownSilence extends Silence {
  /** A weekly one waits between its windows. */
  state: 'active' | 'waits' | 'over';
}

export interface SentMail extends Omit<MailSummary, 'to' | 'incident_id'> {
  to: string[];
}

export interface ErrorAnswer {
  message: string;
}

export interface LakeListing {
  partitions: LakePartition[];
  /** The newest ones. */
  errors: ErrorLine[];
  /** Number of all objects under the error prefix; `errors` comes from the newest. */
  errorFiles: number;
  /** The newest batches that the function gave up. */
  failures: LakeFile[];
  failureFiles: number;
  /** Whether there are more files than were read. Then `bytes` covers only the newest; counts are exact. */
  partial: boolean;
}

export interface LakePartition {
  /** Such as `readings/dt=2026-01-31/hour=09/`. */
  prefix: string;
  count: number;
  bytes: number;
  /** Absent where its files were not read. */
  newest?: Iso;
  /** The newest ones. */
  files: LakeFile[];
}

export interface LakeFile {
  key: string;
  bytes: number;
  at: Iso;
}

export interface ErrorLine {
  key: string;
  at: Iso;
  code: string;
  message: string;
  /** The first bytes as text, with control characters as `\x00`. */
  raw: string;
  bytes: number;
}

export interface SavedQuery {
  name: string;
  description: string;
  sql: string;
  /** Names of its `?`, in order. */
  parameters: string[];
}

export interface QueryAnswer {
  /** Of the execution: `/api/result?id=…` has all of its rows as CSV. Absent where it did not begin. */
  id?: string;
  state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  reason?: string;
  columns: { name: string; type: string }[];
  /** The first rows; null stands for NULL. */
  rows: (string | null)[][];
  /** Whether there are more rows. */
  more: boolean;
  /** Number of objects that the query opened; absent where the statement has no plan. */
  files?: number;
  scannedBytes: number;
  milliseconds: number;
  /** What the same scan costs on AWS, in US dollars. */
  cost: number;
}

export interface FaultPreset {
  name: string;
  title: string;
  /** What a person will see happen. */
  expect: string;
}

export type AlarmState = 'ALARM' | 'INSUFFICIENT_DATA' | 'OK';

/** How a stack is by its own alarms, of the last hours. */
export interface Health {
  /** The worst first. */
  alarms: ShownAlarm[];
  /** When it was read. */
  at: Iso;
  /** How many metrics one look asks for, and what that costs in US dollars. */
  metrics: number;
  cost: number;
}

export interface ShownAlarm {
  name: string;
  /** Such as `Iterator age`. */
  title: string;
  meaning: string;
  state: AlarmState;
  since?: Iso;
  reason: string;
  /** Its address, or where it is in words. */
  runbook?: string;
  /** It rings where its values are so. */
  comparison?: '>' | '>=' | '<' | '<=';
  threshold?: number;
  /** Seconds since the epoch, oldest first; each goes with one of `values`. */
  times: number[];
  values: number[];
}

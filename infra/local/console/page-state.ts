/**
 * The page's data, as the server sends it and the page's scripts read it: plain types, all JSON. `/api/events` sends
 * every part once, then the parts that have changed.
 */
import type { Rule } from '../../../services/contract/rule.ts';
import type { FleetMessage } from '../../cli/fleet-control.ts';

export interface PageState {
  about: About;
  counts: PageCounts & LiveCounts;
  vitals: Vitals;
  /** Firing first, then recovering, pending and resolved; the newest of each first. Only as many as a person reads. */
  incidents: ListedIncident[];
  /** Of all incidents, also of those that are not listed. */
  incidentCounts: IncidentCounts;
  /** Items of the detector's state table that say more than that all is well. */
  state: number;
  mails: { total: number; newest: MailSummary[] };
  /** Newest first. */
  files: WrittenFile[];
  notices: Notice[];
  /** By device and reason, most first; as many as a person reads. */
  notEvaluated: NotEvaluated[];
  faults: ShownFault[];
  /** null where no fleet runs. */
  fleet: FleetState | null;
}

/** What is sent every second besides, and is not part of the status. */
export interface PageStream {
  telemetry: TelemetryDelta;
}

/** What stays the same during a run. */
export interface About {
  version: string;
  endpoint: string;
  /** ISO 8601. */
  startedAt: string;
  /** The flags that lead a command here: `--local`, or `--local --dir DIR`. */
  flags: string;
  resources: { logicalId: string; type: string; mode: 'local' | 'not emulated' }[];
  stages: Stage[];
  rules: Rule[];
  /** In the order of their values in the telemetry. */
  metrics: PageMetric[];
}

export interface PageMetric {
  name: string;
  unit: string;
  /** What a person calls it. */
  label: string;
}

/** A part of the pipeline that comes from a resource of the template. */
export interface Stage {
  role: StageRole;
  /** Logical id in the template. */
  id: string;
  type: string;
  /** What a person may want to know of its properties, such as `batches of 100`. */
  settings: string[];
}

export type StageRole =
  | 'stream'
  | 'delivery'
  | 'lake'
  | 'detector'
  | 'state'
  | 'topic'
  | 'failures'
  | 'alerts-delivery'
  | 'catalog';

/** Since the start, unless it says otherwise. */
export interface PageCounts {
  /** Lines that the stream took. */
  received: number;
  inLake: number;
  /** Under the error prefix. */
  malformed: number;
  /** Lines on their way to the lake. */
  pending: number;
  /** Readings that the detector has evaluated. */
  evaluated: number;
  invocations: number;
  /** Records in the failure bucket. */
  abandoned: number;
  opened: number;
  resolved: number;
  mails: number;
  /** Age of the oldest record of the detector's last batch when that began, ms. */
  batchAgeMs: number;
}

export interface LiveCounts {
  /** Devices seen in the stream since the start, also those that no chart shows. */
  devices: number;
  lastReading?: LastReading;
  /** The server's clock, ms since the epoch. */
  now: number;
  /** Since some moment, ms: never set back, so rates are taken with it. */
  elapsedMs: number;
}

export interface LastReading {
  /** When it came, ms since the epoch. */
  atMs: number;
  /** How old it was then, ms. */
  ageMs: number;
  /** How long ago it came, ms. */
  agoMs: number;
}

/** All but `resolved` is what the detector's state table says, where it can be read. */
export interface IncidentCounts {
  firing: number;
  recovering: number;
  pending: number;
  /** Among the alerts that are kept. */
  resolved: number;
  /** Alerts that are decided and not published. */
  unsent: number;
}

/** Signs of life of each stage. What is called "recent" was in the last seconds. */
export interface Vitals {
  /** Recent calls that were refused or cut off, by service, such as `{ sns: 3 }`. */
  refused: Record<string, number>;
  /** The same by operation, the most frequent first. */
  refusals: RefusedCalls[];
  /** Recent invocations that failed, and why the last one did. */
  failedInvocations: number;
  failure?: string;
  invocation?: {
    records: number;
    durationMs: number;
    outcome: 'ok' | 'partial' | 'error' | 'timeout';
    /** ms since the epoch. */
    at: number;
    agoMs: number;
  };
  /** Why the last recent write of a delivery stream failed; absent once one has succeeded. */
  writeFailure?: string;
  /** Since a file was complete, ms. */
  deliveredAgoMs?: number;
  /** Since a mail came, ms. */
  mailedAgoMs?: number;
}

/** Refusals of one operation with one code. */
export interface RefusedCalls {
  /** As the API names it, such as `sns.Publish`. */
  operation: string;
  /** As AWS names it, such as `Throttling`; absent where the service wrote its answer itself. */
  code?: string;
  /** Did a fault in force cause them? */
  onPurpose: boolean;
  count: number;
}

export type IncidentState = 'firing' | 'recovering' | 'pending' | 'resolved';

export interface ListedIncident {
  /** Of a pending one, which has no id yet: its site, device and rule. */
  id: string;
  state: IncidentState;
  site_id: string;
  device_id: string;
  rule: string;
  metric?: string;
  severity?: string;
  /** Operator and threshold as a person reads them, such as `> 90`. */
  limit?: string;
  peak?: number;
  /** Event times, ISO 8601. */
  started_at: string;
  /** Absent of a resolved one that was ended by hand: its item is gone from the state table, and nobody was told. */
  resolved_at?: string;
  timeline: IncidentStep[];
  summary?: string;
}

export interface IncidentStep {
  status: string;
  severity: string;
  /** Event time, ISO 8601. */
  at: string;
  value: number;
}

export interface MailSummary {
  id: string;
  to: string;
  subject: string;
  /** ISO 8601. */
  receivedAt: string;
  /** The incident that it is about, if it names one. */
  incident_id?: string;
}

/** An object that is complete in a bucket. */
export interface WrittenFile {
  bucket: string;
  key: string;
  bytes: number;
  /** Readings, or entries of an error object. */
  rows: number;
  kind: 'data' | 'error';
  /** ISO 8601. */
  at: string;
}

export interface Notice {
  level: 'info' | 'warning' | 'error';
  text: string;
  /** ISO 8601. */
  at: string;
}

/** Readings of one device that the detector did not evaluate, for one reason, since the start. */
export interface NotEvaluated {
  verdict: 'refused' | 'skewed' | 'late' | 'set-back';
  /** As far as the lines tell. */
  device_id?: string | undefined;
  site_id?: string | undefined;
  reason: string;
  /** What to change. */
  advice: string;
  readings: number;
  /** Of the last one, ISO 8601. */
  at: string;
}

/** A fault in force. */
export interface ShownFault {
  id: string;
  title: string;
  /** Such as `sns.Publish` or `dynamodb.*`. */
  on: string;
  /** How often it has struck. */
  hits: number;
  /** ISO 8601; absent: until it is cleared. */
  until?: string;
}

export interface FleetState {
  /** Devices; they are called dev-1, dev-2 … */
  devices: number;
  paused: boolean;
  running: boolean;
  /** The last ones, oldest first. */
  episodes: Episode[];
}

/** What was really wrong with a device, whether or not a rule noticed; `end` is absent while it lasts. */
export type Episode = Omit<Extract<FleetMessage, { type: 'episode-begins' }>, 'type'> & { end?: string };

export interface TelemetryDelta {
  /** Devices seen for the first time. */
  devices: { index: number; device_id: string; site_id: string }[];
  changes: Change[];
}

/** Index of the device, second since the epoch, then a value per metric; null where the reading has none. */
export type Change = [device: number, second: number, ...values: (number | null)[]];

/** The first line of `/api/history`; 32-bit floats by device, metric and second follow. */
export interface HistoryHeader {
  /** Second since the epoch. */
  from: number;
  seconds: number;
  metrics: readonly string[];
  devices: [device_id: string, site_id: string][];
}

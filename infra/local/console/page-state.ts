/**
 * The page's data, as the server sends it and the page's scripts read it: plain types, all JSON. `/api/events` sends
 * every part once, and then the parts that have changed.
 */
import type { Verdict } from '../../../services/contract/advice.ts';
import type { ByHand } from '../../../services/contract/by-hand.ts';
import type { Rule, RuleKind } from '../../../services/contract/rule.ts';
import type { FleetMessage } from '../../cli/fleet-control.ts';
import type { Mail } from '../../emulator/mailbox/mail.ts';
import type { DeviceCommand } from './device-commands.ts';

/** A time in ISO 8601. */
export type Iso = string;

export interface PageState {
  about: About;
  counts: PageCounts & LiveCounts;
  vitals: Vitals;
  /** Firing first, then recovering, pending and resolved; the newest of each first. Not all of them: `/api/incidents`. */
  incidents: ListedIncident[];
  /** Another number whenever any incident has changed. */
  incidentRevision: number;
  /** Of all incidents, including those that are not listed. */
  incidentCounts: IncidentCounts;
  /** Number of items in the detector's state table, without normal ones. */
  state: number;
  mails: { total: number; newest: MailSummary[] };
  /** Newest first. */
  files: WrittenFile[];
  notices: Notice[];
  /** By device and reason, most first; as many as a person reads. */
  notEvaluated: NotEvaluated[];
  faults: ShownFault[];
  /** Null where no fleet runs. */
  fleet: FleetState | null;
  /** Empty where the fleet sends to the stream itself. */
  sites: SiteState[];
  /** Of a stack elsewhere: what is read of its stream now, because somebody asked for it. */
  liveReadings?: LiveReadings | null;
}

/** Readings of one site as they come, for some minutes. */
export interface LiveReadings {
  site: string;
  /** How many shards are read, once a second each. */
  shards: number;
  until: Iso;
  /** Why the last read gave nothing; it is tried again. */
  problem?: string;
}

/** Sent every second besides; not part of the status. */
export interface PageStream {
  telemetry: TelemetryDelta;
}

/** Facts that stay the same during a run. */
export interface About {
  version: string;
  endpoint: string;
  startedAt: Iso;
  /** Flags with which a command finds this session: `--local`, or `--local --dir DIR`. */
  flags: string;
  resources: {
    logicalId: string;
    type: string;
    mode: 'local' | 'enforced' | 'not heard here' | 'not emulated';
  }[];
  stages: Stage[];
  rules: Rule[];
  /** Where the deployed template cannot be read: then there are none of them here. */
  areRulesUnknown?: boolean;
  /** Whether the alarms of a stack elsewhere can be seen. */
  hasHealth?: boolean;
  /** Whether it all runs here: readings as they come, mails, the buttons of the demo. */
  isLive: boolean;
  /** Commands about a device that the page can run here. */
  deviceCommands: readonly DeviceCommand[];
  /** Whether readings of a stack elsewhere can be read as they come, when somebody asks for them. */
  canReadLive?: boolean;
  /** In the order of their values in the telemetry; `label` is for people. */
  metrics: { name: string; unit: string; label: string }[];
}

/** A stage of the pipeline that is a resource of the template. */
export interface Stage {
  role: StageRole;
  id: string;
  type: string;
  /** Properties in words, such as `batches of 100`. */
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

/** Since the start. */
export interface PageCounts {
  /** Lines in the stream. */
  received: number;
  inLake: number;
  /** Under the error prefix. */
  malformed: number;
  /** Lines that the stream acknowledged and has lost: too old, or damaged. */
  lost: number;
  /** Lines on their way to the lake. */
  pending: number;
  /** Readings that the detector has evaluated. */
  evaluated: number;
  invocations: number;
  abandoned: number;
  opened: number;
  resolved: number;
  mails: number;
  /** Different calls of the stack that IAM has denied. */
  denied?: number;
  /** Age of the oldest record when the detector's last batch began, in ms. */
  batchAgeMs: number;
}

export interface LiveCounts {
  /** Devices seen in the stream since the start, including those that no chart shows. */
  devices: number;
  lastReading?: LastReading;
  /** The server's clock, in ms since the epoch. */
  now: number;
  /** On a clock that is never set, in ms, for rates. */
  elapsedMs: number;
}

export interface LastReading {
  /** When it arrived, in ms since the epoch. */
  atMs: number;
  /** How old it was then. */
  ageMs: number;
  /** How long ago it arrived, in ms. */
  agoMs: number;
}

/** All but `resolved` come from the detector's state table, if it can be read. */
export interface IncidentCounts {
  firing: number;
  recovering: number;
  pending: number;
  /** Among the alerts that are kept. */
  resolved: number;
  /** Alerts that are decided but not published yet. */
  unsent: number;
}

/** The last activity and the recent failures of each stage; "recent" means in the last seconds. */
export interface Vitals {
  /** Recent calls that were refused or cut off, by service, such as `{ sns: 3 }`. */
  refused: Record<string, number>;
  /** The same by operation, the most frequent first. */
  refusals: RefusedCalls[];
  /** Recent invocations that failed, and the reason of the last one. */
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
  /** Time since the last file was complete, in ms. */
  deliveredAgoMs?: number;
  /** Time since the last mail arrived, in ms. */
  mailedAgoMs?: number;
}

/** The refusals of one operation with one code. */
export interface RefusedCalls {
  /** As the API names it, such as `sns.Publish`. */
  operation: string;
  /** As AWS names it, such as `Throttling`; absent where the service wrote its answer itself. */
  code?: string;
  /** Whether a fault in force caused them. */
  onPurpose: boolean;
  count: number;
}

export type IncidentState = 'firing' | 'recovering' | 'pending' | 'resolved';

export interface ListedIncident {
  /** Of a pending incident, which has no id yet: site, device and rule. */
  id: string;
  state: IncidentState;
  site_id: string;
  device_id: string;
  rule: string;
  /** Of the rule; absent where the template has no rule of this name. */
  kind?: RuleKind;
  /** Absent for a silence too. */
  metric?: string;
  severity?: string;
  /** Operator and threshold as a person reads them, such as `> 90`; of other kinds the threshold alone. */
  threshold?: string;
  /** What is usual for the device, as a person reads it. */
  normal?: string;
  /** The same as numbers, in the metric's unit. */
  band?: { min: number; max: number };
  peak?: number;
  /** Event time. */
  started_at: Iso;
  /** Also absent when a resolved incident was ended by hand, by deleting its item from the state table. */
  resolved_at?: Iso;
  timeline: IncidentStep[];
  summary?: string;
  /** Who looks after it. */
  acknowledged?: ByHand | undefined;
  /** Who wants it ended: the detector does so within about a minute. */
  close_requested?: ByHand | undefined;
  /** Who has ended it by hand, and why. */
  closed_by?: string | undefined;
  comment?: string | undefined;
}

export interface IncidentStep {
  status: string;
  severity: string;
  at: Iso;
  value: number;
  /** The silence because of which nobody was told. */
  silenced_by?: string | undefined;
}

/** A mail to several people is one: `to` names them all. */
export interface MailSummary extends Pick<Mail, 'id' | 'to' | 'subject' | 'receivedAt'> {
  /** The incident that it is about, if any. */
  incident_id?: string;
}

export interface WrittenFile {
  bucket: string;
  key: string;
  bytes: number;
  /** Readings, or entries of an error object. */
  rows: number;
  kind: 'data' | 'error';
  at: Iso;
}

export interface Notice {
  level: 'info' | 'warning' | 'error';
  text: string;
  at: Iso;
}

/** Readings of one device that the detector did not evaluate, for one reason, since the start. */
export interface NotEvaluated {
  verdict: Verdict;
  /** As far as the lines tell. */
  device_id?: string | undefined;
  site_id?: string | undefined;
  reason: string;
  /** What to change. */
  advice: string;
  readings: number;
  /** Of the last one. */
  at: Iso;
}

export interface ShownFault {
  id: string;
  title: string;
  /** Such as `sns.Publish` or `dynamodb.*`. */
  on: string;
  /** How many calls or entries it has hit. */
  hits: number;
  /** Absent where it lasts until it is cleared. */
  until?: Iso;
}

export interface FleetState {
  /** Number of devices, which are named dev-1, dev-2 … */
  devices: number;
  paused: boolean;
  running: boolean;
  /** The last ones, oldest first. */
  episodes: Episode[];
}

/** A site whose readings come over a gateway. */
export interface SiteState {
  site: string;
  isLineCut: boolean;
  /** Readings on the gateway's disk that the stream does not have yet. */
  waiting: number;
  /** Age of the oldest of them. */
  oldestSeconds: number;
  /** Why the stream does not get them, in the gateway's words. */
  problem?: string | undefined;
}

/** An injected anomaly, whether or not a rule noticed; `end` is absent while it lasts. */
export type Episode = Omit<Extract<FleetMessage, { type: 'episode-begins' }>, 'type'> & { end?: string };

export interface TelemetryDelta {
  /** Devices seen for the first time. */
  devices: { index: number; device_id: string; site_id: string }[];
  changes: Change[];
}

/** `second` is since the epoch; a value per metric follows, null where the reading has none. */
export type Change = [device: number, second: number, ...values: (number | null)[]];

/** The first line of `/api/history`; 32-bit floats by device, metric and second follow. */
export interface HistoryHeader {
  /** Second since the epoch. */
  from: number;
  seconds: number;
  metrics: readonly string[];
  devices: [device_id: string, site_id: string][];
}

/** What the console shows of the running pipeline, gathered anew for each page. */
import type { Metric, Reading } from '../../../services/contract/reading.ts';

/** A device and its last reading. */
export type FleetDevice = Pick<Reading, 'device_id' | 'site_id' | 'timestamp' | Metric>;

export interface ConsoleIncident {
  site_id: string;
  device_id: string;
  rule: string;
  /** Such as `firing` or `recovering`. */
  state: string;
  severity: string;
  metric: string;
  /** Worst value so far, in the metric's unit. */
  peak?: number;
  /** The limit, as a person reads it. */
  threshold?: string;
  /** Event time of the breach that opened it, ISO 8601. */
  since: string;
}

export interface ConsoleFile {
  bucket: string;
  key: string;
  bytes: number;
  rows: number;
  kind: 'data' | 'error';
  /** When it was complete, ISO 8601. */
  at: string;
}

export interface ConsoleSnapshot {
  version: string;
  /** Address of the AWS APIs, such as `http://127.0.0.1:4566`. */
  endpoint: string;
  /** ISO 8601. */
  startedAt: string;
  /** All that happened since the start. */
  counts: {
    /** Well-formed readings that the stream took. */
    readings: number;
    malformed: number;
    invocations: number;
    /** Invocations that failed, timed out or gave records back. */
    failedInvocations: number;
    /** Rows in the files of the lake. */
    inLake: number;
    mails: number;
  };
  /** `devices` may be cut short (the page shows {@link MAX_DEVICES_SHOWN}); `total` counts all. */
  fleet: { total: number; devices: FleetDevice[] };
  /** Open ones. */
  incidents: ConsoleIncident[];
  /** The last ones, newest first. */
  files: ConsoleFile[];
  /** The last warnings and errors, newest first. */
  notices: { level: 'info' | 'warning' | 'error'; text: string; at: string }[];
  resources: { logicalId: string; type: string; mode: 'local' | 'not emulated' }[];
}

export const MAX_DEVICES_SHOWN = 200;

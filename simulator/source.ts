/** A source of readings: a simulated fleet, or a recorded series. */
import type { FaultCounts } from './transport.ts';
import type { PackedRecord } from './wire.ts';

/** The counts of a source so far. */
export interface SourceCounts {
  /** Readings made by devices. */
  made: number;
  /** Readings that a silent device did not make. */
  silent: number;
  /** Readings inside an anomaly, silent ones included. */
  anomalous: number;
  /** Injections that the run did not reach, of a fleet. */
  unbegun?: number;
  faults: FaultCounts;
}

export interface Source {
  readonly counts: SourceCounts;
  /** When the next readings are due, ms from the start of the run; undefined when there are none left. */
  readonly nextDueMs: number | undefined;
  /** Makes the next readings. `startMs` is the start of the run, `nowMs` the present, both since the epoch. */
  poll(startMs: number, nowMs: number): PackedRecord[];
  /** Ends the run at `nowMs`: sends what was held back, and ends the episodes under way. */
  finish(nowMs: number): PackedRecord[];
}

/** Where readings come from: a simulated fleet, or a recorded series. */
import type { FaultCounts } from './transport.ts';
import type { PackedRecord } from './wire.ts';

/** What a source has made so far. */
export interface SourceCounts {
  /** Readings made by devices. */
  made: number;
  /** Readings that a silent device did not make. */
  silent: number;
  /** Readings inside an anomaly, silent ones included. */
  anomalous: number;
  /** Injections that the run ended before. Only fleets have some. */
  unbegun?: number;
  faults: FaultCounts;
}

export interface Source {
  readonly counts: SourceCounts;
  /** When the next readings are due, ms from the start of the run; undefined when there are none left. */
  readonly nextDueMs: number | undefined;
  /** Makes the next readings. `startMs` is the start of the run, `nowMs` the present, both since the epoch. */
  poll(startMs: number, nowMs: number): PackedRecord[];
  /** Ends the run at `nowMs`: what was held back still goes, what is under way is closed. */
  finish(nowMs: number): PackedRecord[];
}

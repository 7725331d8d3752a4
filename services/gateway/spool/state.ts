/** What the spool knows besides its lines: where it stands, and the record under way. */
import type { Position } from './chunk.ts';

/**
 * A record that is being sent, or may have been. It is kept with its hour, so that sending it again after a crash gives
 * the same bytes.
 */
export interface Pending {
  from: Position;
  to: Position;
  /** Hour of sending, as `formatSentHour` writes it. */
  hour: string;
}

export interface SpoolState {
  /** The first line that is in no record yet. */
  next: Position;
  pending?: Pending | undefined;
  /** The record after it, so that no write to the disk stands between the two. */
  planned?: Pending | undefined;
  /** Lines that the cloud has accepted, and lines given up for lack of space. */
  forwarded: number;
  dropped: number;
}

/** Where the oldest line that is still needed is. */
export const oldestNeeded = ({ pending, planned, next }: SpoolState): Position =>
  (pending ?? planned)?.from ?? next;

export const STATE_KEY = 'state';

export const emptyState = (): SpoolState => ({ next: { line: 0, byte: 0 }, forwarded: 0, dropped: 0 });

export const encodeState = (state: SpoolState): Buffer => Buffer.from(JSON.stringify(state));
// Written by this program alone, and LevelDB keeps a checksum of it.
export const decodeState = (value: Buffer): SpoolState => JSON.parse(value.toString()) as SpoolState;

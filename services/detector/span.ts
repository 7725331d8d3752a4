/** Where the readings that caused an alert are found in the lake: as they were made, and as they were sent. Pure. */
import type { Reading } from '../contract/reading.ts';

/** Both ends belong to it. A clock that is set back moves nothing here: the lake has what the device wrote. */
export interface Span {
  /** Event times, ISO 8601. */
  madeFrom: string;
  madeTo: string;
  /** Hours of sending, `YYYY-MM-DD HH`: the lake's partitions. */
  sentFrom: string;
  sentTo: string;
}

export const spanOf = ({
  timestamp,
  timestamp_sent,
}: Pick<Reading, 'timestamp' | 'timestamp_sent'>): Span => ({
  madeFrom: timestamp,
  madeTo: timestamp,
  sentFrom: timestamp_sent,
  sentTo: timestamp_sent,
});

export function widen(a: Span, b: Span): Span {
  return {
    madeFrom: inOrder(a.madeFrom, b.madeFrom)[0],
    madeTo: inOrder(a.madeTo, b.madeTo)[1],
    sentFrom: inOrder(a.sentFrom, b.sentFrom)[0],
    sentTo: inOrder(a.sentTo, b.sentTo)[1],
  };
}

/** Texts of one width compare like times. */
const inOrder = (a: string, b: string): [string, string] => (a < b ? [a, b] : [b, a]);

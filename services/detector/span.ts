/** Where the readings that caused an alert are found in the lake: as they were made, and as they were sent. Pure. */
import type { Reading } from '../contract/reading.ts';
import { instantOf } from '../contract/time.ts';

/** Both ends belong to it. A clock that is set back moves nothing here: the lake has what the device wrote. */
export interface Span {
  /** Event times, as the device wrote them. */
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
    madeFrom: inOrder(a.madeFrom, b.madeFrom, instantOf)[0],
    madeTo: inOrder(a.madeTo, b.madeTo, instantOf)[1],
    sentFrom: inOrder(a.sentFrom, b.sentFrom)[0],
    sentTo: inOrder(a.sentTo, b.sentTo)[1],
  };
}

/** @param comparable texts that compare like times; hours of sending do so as they are */
const inOrder = (a: string, b: string, comparable = (text: string) => text): [string, string] =>
  comparable(a) < comparable(b) ? [a, b] : [b, a];

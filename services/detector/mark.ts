/**
 * How far an incident's device is known to have come: what is newer, what comes late, and what comes from a clock or a
 * count that went back. Pure.
 *
 * | seq | time | then it is |
 * |---|---|---|
 * | newer | the same or newer | the next reading |
 * | newer | older | from a clock that was set back: the mark moves with it |
 * | older or the same | newer | the next reading of a device whose `seq` began again; late, if its clock has gone back |
 * | older or the same | older or the same | late or repeated, unless that persists: then the device began again |
 */
import { formatTimestamp, MAX_CLOCK_SKEW_MS, type Reading } from '../contract/reading.ts';
import { instantOf, writable } from '../contract/time.ts';

/** A reading as it was seen. */
export interface Sighting {
  /** Event time in our own form, so that texts compare like instants. */
  at: string;
  seq: number;
  /** When the stream took its record, seconds since the epoch. */
  arrived: number;
}

/** The last reading that mattered. */
export interface Mark extends Sighting {
  /** How often the device's clock has gone back: the same time of another turn is another time. */
  turns: number;
  /** After `seq` began again: older readings than this, whatever their `seq`, are from before. */
  floor?: string;
  /**
   * When the last incident was ended by hand, seconds since the epoch. What the stream had taken by then counts no more,
   * and an incident that begins where that one did is another.
   */
  closed?: number;
}

export type Place = 'next' | 'set-back' | 'late';

/** Late readings must go on for this long, as a clock does, before the device is taken to have begun again. */
const PERSISTS_SECONDS = 30;

export const sightingOf = ({ timestamp, seq }: Reading, arrived: number): Sighting => ({
  at: instantOf(timestamp),
  seq,
  arrived,
});

export function placeOf(mark: Mark, { at, seq }: Sighting): Place {
  if (seq > mark.seq) {
    if (at >= mark.at) return 'next';
    return mark.floor !== undefined && at < mark.floor ? 'late' : 'set-back';
  }
  if (at <= mark.at) return 'late';
  // A newer time may be from before a clock went back, but no further ahead than any reading that came by then.
  return mark.turns > 0 && at <= latestBy(mark) ? 'late' : 'next';
}

const latestBy = ({ arrived }: Mark) => formatTimestamp(arrived * 1000 + MAX_CLOCK_SKEW_MS);

/** @param mark undefined for the first reading that matters */
export function moveMark(mark: Mark | undefined, seen: Sighting): Mark {
  const { at, seq, arrived } = seen;
  if (mark === undefined) return { at, seq, arrived, turns: 0 };
  const next: Mark = { at, seq, arrived, turns: mark.turns + (at < mark.at ? 1 : 0) };
  const floor = seq < mark.seq ? at : mark.floor;
  if (floor !== undefined) next.floor = floor;
  if (mark.closed !== undefined) next.closed = mark.closed;
  return next;
}

/**
 * By how much a clock has jumped from the mark to this reading, ms; negative when it went back. What passed in between
 * is known from the arrival of the two.
 */
export function clockStepMs(mark: Mark, seen: Sighting): number {
  const passedMs = Math.max(0, seen.arrived - mark.arrived) * 1000;
  return Date.parse(seen.at) - Date.parse(mark.at) - passedMs;
}

/** A time of the old clock on the new one. */
export const shifted = (at: string, stepMs: number): string =>
  formatTimestamp(writable(Date.parse(at) + stepMs));

/**
 * A device that begins again with an old clock *and* an old `seq` looks like a sender that repeats itself. But it goes
 * on like that, and its clock keeps pace with the arrival of its readings, while a backlog that is sent again is faster.
 * @param first the late reading from which on there was nothing but late ones
 * @returns `restarted`, or the late reading to compare the next one with
 */
export function followLate(
  first: Sighting | undefined,
  seen: Sighting,
  mark: Mark,
): Sighting | 'restarted' | undefined {
  // Older records that come again, as in a redrive, say nothing about what the device does now.
  if (seen.arrived <= mark.arrived) return first;
  if (first === undefined || seen.at < first.at || seen.seq < first.seq) return seen;
  const passed = seen.arrived - first.arrived;
  const advanced = (Date.parse(seen.at) - Date.parse(first.at)) / 1000;
  if (advanced - passed > PERSISTS_SECONDS) return seen;
  return passed >= PERSISTS_SECONDS ? 'restarted' : first;
}

/** Times that were written down by the clock on a wall, as spreadsheets have them. */

const SLOT_MS = 15 * 60_000;

/**
 * From a time that was read as if it were UTC to the moment at which clocks of the zone show it. What they skip in spring
 * is an hour later; what they show twice in autumn is the first of the two.
 * @param zone such as Europe/Berlin
 */
export function fromLocalTimes(zone: string): (asUtcMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric' },
  });
  const known = new Map<number, number>();
  /** Clocks change at full quarters of an hour only. */
  function offsetAt(ms: number): number {
    const slot = Math.floor(ms / SLOT_MS);
    const offset = known.get(slot) ?? wallClock(format, slot * SLOT_MS) - slot * SLOT_MS;
    known.set(slot, offset);
    return offset;
  }
  return (asUtcMs) => {
    // The two that the zone may have around it; the larger offset is the earlier moment.
    const [before, after] = [offsetAt(asUtcMs - DAY_MS), offsetAt(asUtcMs + DAY_MS)];
    const moments = [Math.max(before, after), Math.min(before, after)].map((offset) => asUtcMs - offset);
    return moments.find((ms) => ms + offsetAt(ms) === asUtcMs) ?? asUtcMs - before;
  };
}

const DAY_MS = 86_400_000;

function wallClock(format: Intl.DateTimeFormat, ms: number): number {
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute);
}

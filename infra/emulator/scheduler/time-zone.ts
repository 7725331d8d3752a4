/** Local times of a time zone as moments, with the zone's daylight saving time. */

interface LocalTime {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second?: number;
}

const DAY_MS = 86_400_000;

export class TimeZone {
  readonly #format: Intl.DateTimeFormat;

  /** @param name such as `Europe/Berlin`. @throws RangeError for an unknown one */
  constructor(name: string) {
    const two = '2-digit';
    this.#format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: name, calendar: 'gregory', hourCycle: 'h23' },
      ...{ year: 'numeric', month: two, day: two, hour: two, minute: two, second: two },
    });
  }

  /** What the zone's clocks show, as if it were UTC. */
  shown(epochMs: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(epochMs)) parts[type] = Number(value);
    const { year = 0, month = 1, day, hour, minute, second } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }

  /**
   * When the zone's clocks show this time: the first time of two where clocks are set back, undefined where they are
   * set forward past it.
   */
  momentOf({ year, month, day, hour, minute, second = 0 }: LocalTime): number | undefined {
    const wanted = Date.UTC(year, month - 1, day, hour, minute, second);
    // Whichever change of the clocks is near, one of these offsets is in force before it and the other after it.
    const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((near) => this.shown(near) - near);
    const moments = offsets.map((offset) => wanted - offset).filter((at) => this.shown(at) === wanted);
    return moments.length > 0 ? Math.min(...moments) : undefined;
  }
}

export function isTimeZone(name: string): boolean {
  try {
    return new TimeZone(name) !== undefined;
  } catch {
    return false;
  }
}

/** Schedule expressions: `rate(…)`, `cron(…)` and `at(…)`. */
import { own } from '../base/own.ts';
import { nextOfCron, parseCron } from './cron.ts';
import { TimeZone } from './time-zone.ts';

export interface Recurrence {
  kind: 'rate' | 'cron' | 'at';
  /** The first time after `afterMs`; undefined when there is none any more. */
  next(afterMs: number): number | undefined;
}

interface Frame {
  /** Name of the time zone, for `cron` and `at`. */
  timeZone: string;
  /** The first time of a `rate`. */
  firstMs: number;
  /** Of recurring schedules; undefined for no bound. */
  startMs?: number;
  endMs?: number;
}

const UNITS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** @throws RangeError for a malformed expression or an unknown time zone */
export function parseExpression(text: string, frame: Frame): Recurrence {
  const [, kind = '', inner = ''] = /^(rate|cron|at)\((.*)\)$/.exec(text.trim()) ?? [];
  switch (kind) {
    case 'rate':
      return bounded('rate', rate(inner, frame.startMs ?? frame.firstMs), frame);
    case 'cron': {
      const [cron, zone] = [parseCron(inner), new TimeZone(frame.timeZone)];
      return bounded('cron', (afterMs) => nextOfCron(cron, zone, afterMs), frame);
    }
    case 'at': {
      const atMs = once(inner, new TimeZone(frame.timeZone));
      return { kind, next: (afterMs) => (atMs !== undefined && atMs > afterMs ? atMs : undefined) };
    }
    default:
      throw new RangeError(`Expected rate(…), cron(…) or at(…), got "${text}"`);
  }
}

type Next = Recurrence['next'];

/** A day is 24 hours here, also where a zone's clocks change. */
function rate(inner: string, firstMs: number): Next {
  const [, count = '', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(inner.trim()) ?? [];
  const periodMs = Number(count) * (own(UNITS, unit) ?? 0);
  if (periodMs <= 0) throw new RangeError(`Expected rate(5 minutes) or the like, got "rate(${inner})"`);
  return (afterMs) =>
    afterMs < firstMs ? firstMs : firstMs + (Math.floor((afterMs - firstMs) / periodMs) + 1) * periodMs;
}

function once(inner: string, zone: TimeZone): number | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(inner.trim());
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (parts ?? []).slice(1).map(Number);
  if (!parts || Number.isNaN(Date.parse(`${inner.trim()}Z`))) {
    throw new RangeError(`Expected at(yyyy-mm-ddThh:mm:ss), got "at(${inner})"`);
  }
  return zone.momentOf({ year, month, day, hour, minute, second });
}

function bounded(kind: 'rate' | 'cron', next: Next, { startMs, endMs }: Frame): Recurrence {
  const [from, end] = [startMs ?? Number.NEGATIVE_INFINITY, endMs ?? Number.POSITIVE_INFINITY];
  return {
    kind,
    next(afterMs) {
      const at = next(Math.max(afterMs, from - 1));
      return at !== undefined && at < end ? at : undefined;
    },
  };
}

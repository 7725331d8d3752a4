/**
 * The memory of one rule about one device. `undefined` is the common case: nothing has been wrong for a day.
 *
 * | from → to | when | notification |
 * |---|---|---|
 * | normal → pending | a breach, and the rule asks for more than that | – |
 * | pending → normal | no breach is left among the readings that still count | – |
 * | normal, pending → firing | M of N, and that has held for `for` | firing |
 * | firing, recovering → firing | the value passes the ladder's next threshold | escalated |
 * | firing → recovering | a well reading, and the rule asks for more than that | – |
 * | recovering → firing | a reading that is not well: the same incident | – |
 * | firing, recovering → normal | `datapointsToClear` well readings in a row, for `keepFiringFor` | resolved |
 *
 * **The invariant that makes replays harmless.** A reading that changes nothing here leaves no trace: not in the
 * table, and not in `mark` either. So `mark` is the last reading that *mattered*, every later reading that was seen is
 * one that did not matter, and seeing it again in the same state does not matter again. A clock that goes back always
 * matters. That is why a device with nothing wrong needs no item, why a batch may be cut anywhere, and why `normal`
 * stays on as a tombstone for a day after a breach.
 */
import { hash as digest } from 'node:crypto';
import type { Range } from '../contract/reading.ts';
import type { Severity } from '../contract/rule.ts';
import { clockStepMs, type Mark, moveMark, type Sighting, shifted } from './mark.ts';
import type { Span } from './span.ts';

export interface Sample {
  /** Event time, ISO 8601. Always of the same width, so strings compare like times. */
  at: string;
  value: number;
  span: Span;
}

/** M of N holds, and waits for `for` to pass. */
export interface Held {
  since: string;
  startedAt: string;
  peak: number;
  severity: Severity;
  /** Of the breaches that it is counted from. */
  span: Span;
}

/** Nothing wrong now, but something was: keeps replays from opening it again. */
export interface Normal {
  state: 'normal';
  mark: Mark;
}

/**
 * What a kind other than `threshold` goes by until the incident is over: taken from the memory of the environment that
 * suspected it, and frozen here, so that every environment goes by the same.
 */
export interface Basis {
  /** Event time since when it may have been so. */
  since: string;
  /** Stuck and silent: how long it must have been so; noisy: how long steps must be small again. In ms. */
  waitMs: number;
  /** Stuck: the value. Noisy: the largest step that is not called noise. Unusual: the mean of the hour. */
  level: number;
  /** What is usual for this device. Stuck: ms without a change. Noisy: a step. Unusual: the mean. */
  usual: number;
  /** Noisy: the mean of the large steps so far. */
  mean?: number;
  /** Unusual: what a person is told is normal. */
  band?: Range;
}

export interface Pending {
  state: 'pending';
  mark: Mark;
  /** The latest N − 1 readings, as far back as the first breach among them: what the next one is counted with. */
  window: readonly Sample[];
  held?: Held;
  basis?: Basis;
}

interface Open {
  mark: Mark;
  incidentId: string;
  severity: Severity;
  /** Event time of the breach that opened it, by the device's present clock. */
  startedAt: string;
  /** Worst value so far. */
  peak: number;
  /** Of the readings that opened it. */
  span: Span;
  basis?: Basis;
}

export interface Firing extends Open {
  state: 'firing';
}

export interface Recovering extends Open {
  state: 'recovering';
  wellSince: string;
  /** Well readings in a row, counted no further than the rule asks. */
  wellCount: number;
}

export type Incident = Normal | Pending | Firing | Recovering;

export const isOpen = (incident: Incident | undefined): incident is Firing | Recovering =>
  incident?.state === 'firing' || incident?.state === 'recovering';

const hash = (...parts: string[]) => digest('sha256', parts.join('\n'), 'hex').slice(0, 24);

/**
 * The same for the same breach, however often it is processed.
 * @param mark a clock that was set back shows the same times once more, and so does what was ended by hand and goes on
 */
export function incidentId(
  siteId: string,
  deviceId: string,
  rule: string,
  startedAt: string,
  { turns, closed }: Pick<Mark, 'turns' | 'closed'> = { turns: 0 },
): string {
  const again = [
    ...(turns > 0 ? [String(turns)] : []),
    ...(closed === undefined ? [] : [`closed ${closed}`]),
  ];
  return hash(siteId, deviceId, rule, startedAt, ...again);
}

/**
 * The incident on the clock of this reading, which the device's clock has jumped to: whatever lasts, lasts as long as
 * before.
 */
export function onClockOf(incident: Incident, seen: Sighting): Incident {
  const stepMs = clockStepMs(incident.mark, seen);
  const move = (at: string) => shifted(at, stepMs);
  const mark = moveMark(incident.mark, seen);
  const moveBasis = ({ basis }: Pending | Firing | Recovering) =>
    basis && { basis: { ...basis, since: move(basis.since) } };
  switch (incident.state) {
    case 'normal':
      return { ...incident, mark };
    case 'pending': {
      const { held } = incident;
      const window = incident.window.map((sample) => ({ ...sample, at: move(sample.at) }));
      if (held === undefined) return { ...incident, mark, window, ...moveBasis(incident) };
      const { since, startedAt } = held;
      return {
        ...incident,
        mark,
        window,
        ...moveBasis(incident),
        held: { ...held, since: move(since), startedAt: move(startedAt) },
      };
    }
    case 'firing':
      return { ...incident, mark, ...moveBasis(incident), startedAt: move(incident.startedAt) };
    case 'recovering':
      return {
        ...incident,
        mark,
        ...moveBasis(incident),
        startedAt: move(incident.startedAt),
        wellSince: move(incident.wellSince),
      };
  }
}

/**
 * The same for the same transition: an incident opens once, resolves once, and reaches a severity once.
 * @param count of a reminder: which one it is
 */
export function notificationId(incident: string, status: string, severity: Severity, count = ''): string {
  if (status === 'reminder') return hash(incident, status, count);
  return status === 'escalated' ? hash(incident, status, severity) : hash(incident, status);
}

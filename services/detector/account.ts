/** What a batch came to: the health metrics, and the readings that were not evaluated. Pure. */
import { REASONS, type Verdict } from '../contract/advice.ts';
import type { Decoded } from './decode.ts';
import type { Evaluated } from './evaluate.ts';
import type { Folded } from './fold.ts';
import type { Refusals } from './refusals.ts';
import type { Measures } from './telemetry.ts';

/** Each reading once, however many rules look at it. */
export function addUneventful(refusals: Refusals, folded: readonly Folded[]): void {
  const told = new Set<unknown>();
  const add = (verdict: Verdict, reason: string, observations: Folded['late']) => {
    for (const { reading, position } of observations) {
      if (told.has(reading)) continue;
      told.add(reading);
      refusals.add(verdict, reading, reason, { sequence: position.sequence, line: position.line + 1 });
    }
  };
  for (const { late } of folded) add('late', REASONS.late, late);
  for (const { setBack } of folded) add('set-back', REASONS.setBack, setBack);
}

export function measure(decoded: Decoded, done: Evaluated): Omit<Measures, 'BatchAge'> {
  const { folded, undoable } = done;
  const transitions = folded.flatMap((one) => one.transitions);
  const distinct = (observations: Folded['late']) => new Set(observations.map(({ reading }) => reading)).size;
  const { malformed, foreign, skewed } = decoded;
  const late = distinct(folded.flatMap((one) => [...one.late, ...one.replayed]));
  return {
    Readings: decoded.valid,
    MalformedLines: malformed,
    ForeignReadings: foreign,
    SkewedReadings: skewed,
    LateReadings: late,
    NotEvaluated: malformed + foreign + skewed + late,
    ClockSetBack: distinct(folded.flatMap(({ setBack }) => setBack)),
    ReadingsSetAside: distinct(undoable.flatMap(({ task }) => [...task.observations])) + done.alertsSetAside,
    IncidentsOpened: transitions.filter(({ status }) => status === 'firing').length,
    IncidentsResolved: transitions.filter(({ status }) => status === 'resolved').length,
    NotificationFailures: done.refused,
  };
}

/**
 * The detector's core: a pure fold of one device's readings, under one rule, into incidents. What is late, and what a
 * clock that went back means, is decided here for rules of every kind.
 */
import type { Reading } from '../contract/reading.ts';
import { instantMs } from '../contract/time.ts';
import type { CompiledRule, Seen, Step } from './compiled-rule.ts';
import { type Incident, onClockOf } from './incident.ts';
import { moveMark, placeOf, sightingOf } from './mark.ts';

export type { Step, Transition } from './compiled-rule.ts';

/** What is known of a reading besides what it says. */
export interface Circumstances extends Pick<Seen, 'suspicion' | 'step' | 'outlook'> {
  /** When the stream took the reading's record, seconds since the epoch; if unknown, when it was made. */
  arrived?: number;
  /** Is the device known to have begun again, so that this reading is not late? */
  restarted?: boolean;
}

/**
 * One reading further. Pure: the same arguments always give the same step.
 * @param incident what is known so far; `undefined` when nothing has been wrong
 */
export function detect(
  incident: Incident | undefined,
  reading: Reading,
  rule: CompiledRule,
  circumstances: Circumstances = {},
): Step {
  const value = rule.valueOf(reading);
  if (value === undefined) return { incident };
  // Done for every reading under every rule: an object that is spread into another costs more than all the rest.
  const { arrived = instantMs(reading.timestamp) / 1000, restarted = false } = circumstances;
  const { suspicion, step, outlook } = circumstances;
  const sighting = sightingOf(reading, arrived);
  if (incident !== undefined) {
    const place = restarted ? 'set-back' : placeOf(incident.mark, sighting);
    if (place === 'late') return { incident, late: true };
    if (place === 'set-back') {
      const moved = onClockOf(incident, sighting);
      const seen = { reading, value, mark: moved.mark, suspicion, step, outlook };
      return { ...rule.evaluate(moved, seen), setBack: true };
    }
  }
  const mark = moveMark(incident?.mark, sighting);
  return rule.evaluate(incident, { reading, value, mark, suspicion, step, outlook });
}

/** Parts of transitions that all kinds share. */
import type { AlertStatus } from '../contract/alert.ts';
import type { Rule } from '../contract/rule.ts';
import type { Seen, Step, Transition } from './compiled-rule.ts';
import { type Firing, incidentId, type Recovering } from './incident.ts';
import { spanOf, widen } from './span.ts';

/** The incident that this reading opens, of a rule with one severity. */
export function opened(
  { name, severity }: Rule,
  { reading, mark }: Pick<Seen, 'reading' | 'mark'>,
  course: Pick<Firing, 'startedAt' | 'peak' | 'basis'>,
): Firing {
  const { site_id, device_id } = reading;
  const [step] = severity;
  if (step === undefined) throw new RangeError(`Rule ${name} has no severity`);
  return {
    state: 'firing',
    mark,
    incidentId: incidentId(site_id, device_id, name, course.startedAt, mark),
    severity: step.severity,
    span: spanOf(reading),
    ...course,
  };
}

/** @param incident as it is after the transition, or was before it ended */
export function transition(
  status: AlertStatus,
  incident: Firing | Recovering,
  { reading, value }: Pick<Seen, 'reading' | 'value'>,
): Transition {
  const { incidentId, severity, startedAt, peak, mark, basis } = incident;
  const span = widen(incident.span, spanOf(reading));
  return { status, incidentId, severity, startedAt, peak, at: mark.at, value, span, basis };
}

/** The incident begins, or is severer than before. */
export const raised = (status: 'firing' | 'escalated', incident: Firing, seen: Seen): Step => ({
  incident,
  transition: transition(status, incident, seen),
});

/** The incident is over. */
export const resolved = (incident: Firing | Recovering, seen: Seen): Step => ({
  incident: { state: 'normal', mark: seen.mark },
  transition: transition('resolved', { ...incident, mark: seen.mark }, seen),
});

/** Between two event times, ms. */
export const elapsedMs = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

/** One site's readings folded into its incidents. Pure: what to write and what to tell, and neither is done here. */
import type { Alert } from '../contract/alert.ts';
import { toAlert } from './alert-row.ts';
import { closeIncident } from './close.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { detect, type Step, type Transition } from './detect.ts';
import { followLate, sightingOf } from './mark.ts';
import type { Observation } from './observation.ts';
import { type SiteNews, stepSilence } from './silence.ts';
import { MAX_OUTBOX, type Position, type StoredIncident, withIncident } from './stored-incident.ts';

export type { Observation } from './observation.ts';
export { newItem } from './stored-incident.ts';

/** The readings of one device under one rule, and the item that they are to be folded into. */
export interface Task {
  before: StoredIncident;
  observations: readonly Observation[];
  rule: CompiledRule;
  /** Of its site, and the position of the site's last reading: for a rule about silence, which may have no readings. */
  news?: { of: SiteNews; position: Position };
}

/** What a task made of its item. */
export interface Folded extends Task {
  stored: StoredIncident;
  /** Must it be written? */
  changed: boolean;
  transitions: Transition[];
  /** Observations that came late, or that the sender repeated. */
  late: Observation[];
  /** Observations that were folded before: Lambda repeats a batch. */
  replayed: Observation[];
  /** Observations that showed that the device's clock had been set back. */
  setBack: Observation[];
  /** Observations for which the outbox has no room until its alerts are published. */
  rest: readonly Observation[];
}

/** @param nowMs goes into the alerts as the hour of sending */
export function foldTask(task: Task, nowMs: number): Folded {
  const closed = closeIncident(task.before, task.rule, nowMs);
  if (closed === undefined) return foldObservations(task, nowMs);
  const folded = foldObservations({ ...task, before: closed.stored }, nowMs);
  return {
    ...folded,
    before: task.before,
    changed: true,
    transitions: [closed.transition, ...folded.transitions],
  };
}

const foldObservations = (task: Task, nowMs: number): Folded =>
  task.news ? foldSilence(task, task.news, nowMs) : foldDevice(task, nowMs);

/** What a batch says about a device that may be silent. It is one observation, however many readings there are. */
function foldSilence(task: Task, { of, position }: NonNullable<Task['news']>, nowMs: number): Folded {
  const { before, observations, rule } = task;
  const told = { ...task, late: [], setBack: [], rest: [] };
  const unchanged = { ...told, stored: before, changed: false, transitions: [], replayed: [] };
  if (isReplay(position, before.folded)) return { ...unchanged, replayed: [...observations] };
  // No room: the alerts in it are published first.
  if (before.outbox.length >= MAX_OUTBOX) return unchanged;
  const { incident, transition } = stepSilence(before.incident, before.deviceId, observations, rule, of);
  if (incident === before.incident) return unchanged;
  const isTold = transition && (transition.status !== 'resolved' || rule.rule.sendResolved);
  const about = { site_id: before.siteId, device_id: before.deviceId };
  const alerts = isTold ? [toAlert(transition, about, rule, nowMs)] : [];
  const outbox = [...before.outbox, ...alerts];
  const stored = { ...withIncident(before, incident), folded: position, outbox };
  return { ...unchanged, stored, changed: true, transitions: transition ? [transition] : [] };
}

/**
 * All observations of a task into its item, or as many as its outbox has room for.
 * @param nowMs goes into the alerts as the hour of sending
 */
export function foldDevice({ before, observations, rule }: Omit<Task, 'news'>, nowMs: number): Folded {
  let { incident, behind } = before;
  const transitions: Transition[] = [];
  const outbox: Alert[] = [...before.outbox];
  const late: Observation[] = [];
  const replayed: Observation[] = [];
  const setBack: Observation[] = [];
  let next = 0;
  for (; next < observations.length && outbox.length < MAX_OUTBOX; next += 1) {
    const observation = observations[next] as Observation;
    const { reading, position } = observation;
    if (isReplay(position, before.folded) || isBeforeClose(position, incident)) {
      replayed.push(observation);
      continue;
    }
    const { step, behind: follows } = stepOf(incident, behind, observation, rule);
    ({ incident } = step);
    behind = follows;
    if (step.late) late.push(observation);
    if (step.setBack) setBack.push(observation);
    if (step.transition === undefined) continue;
    transitions.push(step.transition);
    if (step.transition.status === 'resolved' && !rule.rule.sendResolved) continue;
    outbox.push(toAlert(step.transition, reading, rule, nowMs));
  }
  const rest = observations.slice(next);
  const changed = incident !== before.incident || behind !== before.behind;
  const folded = observations[next - 1]?.position;
  const stored = changed ? { ...withIncident(before, incident), folded, behind, outbox } : before;
  return { before, observations, rule, stored, changed, transitions, late, replayed, setBack, rest };
}

/** One observation further, and the late reading from which on there are only late ones. */
function stepOf(
  incident: StoredIncident['incident'],
  behind: StoredIncident['behind'],
  { reading, position: { arrived }, suspicion, step: distance, outlook }: Observation,
  rule: CompiledRule,
): { step: Step; behind: StoredIncident['behind'] } {
  const known = { arrived, suspicion, step: distance, outlook };
  const step = detect(incident, reading, rule, known);
  if (incident === undefined || !step.late)
    return { step, behind: rule.valueOf(reading) === undefined ? behind : undefined };
  const followed = followLate(behind, sightingOf(reading, arrived), incident.mark);
  if (followed !== 'restarted') return { step, behind: followed };
  return { step: detect(incident, reading, rule, { ...known, restarted: true }), behind: undefined };
}

/**
 * Was this reading folded into the item before? The mark alone would not tell: among readings that came out of order,
 * one that did not matter then may be newer than the one that did. The arrival is compared too, so that no stream with
 * other sequence numbers can ever blind a device.
 */
function isReplay(position: Position, folded: Position | undefined): boolean {
  if (folded === undefined || position.shard !== folded.shard || position.arrived > folded.arrived)
    return false;
  const order = compareSequence(position.sequence, folded.sequence);
  return order < 0 || (order === 0 && position.line <= folded.line);
}

/** The person who ended an incident by hand had seen what came until then. */
const isBeforeClose = ({ arrived }: Position, incident: StoredIncident['incident']): boolean =>
  incident?.mark.closed !== undefined && arrived <= incident.mark.closed;

/** Sequence numbers are decimal numbers of up to 56 digits, without leading zeros. */
function compareSequence(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a === b ? 0 : 1;
}

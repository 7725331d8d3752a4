/**
 * Environments of the detector that all want the next turn to publish: one item, read and then written on condition
 * that nobody else has (services/detector/turns.ts). Event by event, because what counts is who comes in between. Pure.
 */
import { Agenda } from './agenda.ts';
import { seeded } from './random.ts';

export interface TurnsRun {
  wanted: number;
  taken: number;
  /** Writes that found another version. */
  conflicts: number;
  /** Told to come again later: nothing is lost, the outbox keeps it. */
  sentAway: number;
  /** Mean wait of those who got one, in seconds. */
  wait: number;
}

/** As in services/detector/turns.ts, in seconds. */
const TURN = 0.25;
const PATIENCE = 10;
const TRIES = 8;
const PAUSE = 0.05;
/** A consistent read, or a write, of one item. */
const CALL = 0.005;
const SECONDS = 600;

type Step = { step: 'read' | 'write'; since: number; tries: number; version: number; turn: number };

/** @param perSecond messages that want a turn, at random times */
export function steadyTurns(perSecond: number): TurnsRun {
  const random = seeded(1);
  const times: number[] = [];
  for (let at = 0; at < SECONDS; at += -Math.log(1 - random()) / perSecond) times.push(at);
  return runTurns(times, random);
}

/** @param environments that each want one turn within the same second */
export function turnsAtOnce(environments: number): TurnsRun {
  const random = seeded(1);
  return runTurns(
    Array.from({ length: environments }, () => random()),
    random,
  );
}

function runTurns(times: readonly number[], random: () => number): TurnsRun {
  const agenda = new Agenda<Step>();
  const run = { taken: 0, conflicts: 0, sentAway: 0, waited: 0 };
  let version = 0;
  let next = 0;
  for (const at of times) agenda.add(at, { step: 'read', since: at, tries: 0, version: 0, turn: 0 });
  for (let due = agenda.next(); due; due = agenda.next()) {
    const { at, what } = due;
    if (what.step === 'read') {
      const turn = Math.max(next, at);
      if (turn - what.since > PATIENCE || what.tries === TRIES) run.sentAway += 1;
      else agenda.add(at + CALL, { ...what, step: 'write', version, turn });
    } else if (what.version !== version) {
      run.conflicts += 1;
      agenda.add(at + CALL + random() * PAUSE, { ...what, step: 'read', tries: what.tries + 1 });
    } else {
      version += 1;
      next = what.turn + TURN;
      run.taken += 1;
      run.waited += Math.max(at, what.turn) - what.since;
    }
  }
  return {
    wanted: times.length,
    taken: run.taken,
    conflicts: run.conflicts,
    sentAway: run.sentAway,
    wait: run.waited / Math.max(1, run.taken),
  };
}

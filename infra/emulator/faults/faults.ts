/** The faults in force, and the calls that they hit. */
import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Fault, FaultKind } from './fault.ts';

export interface ActiveFault extends Fault {
  id: string;
  /** What a person calls it. */
  title: string;
  /** How many calls or entries it has hit. */
  hits: number;
  /** ISO 8601; absent where it lasts until it is cleared. */
  until?: string;
}

export interface Faults {
  add(fault: Fault, title?: string): ActiveFault;
  /** Oldest first. */
  list(): ActiveFault[];
  /** Ends one fault, or all; returns how many. */
  clear(id?: string): number;
  /** The fault of one of these kinds that may hit a call of this operation, such as `sns.Publish`. */
  find(operation: string, kinds: readonly FaultKind[]): ActiveFault | undefined;
  /** Draws by the fault's share whether it hits now, and counts the hit. */
  draw(fault: ActiveFault): boolean;
}

interface FaultsOptions {
  /** 0 to below 1. */
  random?: () => number;
  clock?: Clock;
}

interface Entry {
  fault: ActiveFault;
  /** On the monotonic clock, while `until` is on the wall clock. */
  untilMs: number;
  seen: number;
}

export function createFaults({ random = Math.random, clock = systemClock }: FaultsOptions = {}): Faults {
  const entries = new Map<string, Entry>();

  function inForce(): Entry[] {
    const nowMs = clock.elapsed();
    for (const [id, { fault, untilMs }] of entries) {
      if (untilMs <= nowMs || fault.hits >= (fault.times ?? Number.POSITIVE_INFINITY)) entries.delete(id);
    }
    return [...entries.values()];
  }

  return {
    add(spec, title = `${spec.on} ${spec.after ? 'after-' : ''}${spec.kind}`) {
      const { duration } = spec;
      const untilMs = clock.elapsed() + (duration ?? Number.POSITIVE_INFINITY);
      const until = duration === undefined ? undefined : new Date(clock.now() + duration).toISOString();
      const fault = { ...spec, id: randomUUID(), title, hits: 0, until };
      entries.set(fault.id, { fault, untilMs, seen: 0 });
      return fault;
    },
    list: () => inForce().map(({ fault }) => ({ ...fault })),
    clear(id) {
      const ids = inForce().map(({ fault }) => fault.id);
      const ended = id === undefined ? ids : ids.filter((known) => known === id);
      for (const known of ended) entries.delete(known);
      return ended.length;
    },
    find(operation, kinds) {
      for (const entry of inForce()) {
        const { fault } = entry;
        if (!kinds.includes(fault.kind) || !covers(fault.on, operation)) continue;
        entry.seen += 1;
        if (entry.seen > fault.skip) return fault;
      }
      return undefined;
    },
    draw(fault) {
      if (fault.hits >= (fault.times ?? Number.POSITIVE_INFINITY) || random() >= fault.share) return false;
      fault.hits += 1;
      return true;
    },
  };
}

const covers = (on: string, operation: string) =>
  on === operation || (on.endsWith('.*') && operation.startsWith(on.slice(0, -1)));

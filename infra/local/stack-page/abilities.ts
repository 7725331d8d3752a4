/** What these credentials may see of the stack besides incidents and history. Asked at the start, and now and then again. */
import type { Deployed } from './deployed.ts';

export interface Abilities {
  /** Undefined where the template may not be read. */
  deployed: Deployed | undefined;
  hasHealth: boolean;
  canReadLive: boolean;
}

/** By then somebody may have deployed other rules, or given other permissions. */
const FRESH_MS = 10 * 60_000;
const NONE: Abilities = { deployed: undefined, hasHealth: false, canReadLive: false };

interface Questions {
  deployed(): Promise<Deployed>;
  alarms(): Promise<unknown>;
  canReadLive(): Promise<boolean>;
}

/**
 * @param now ms since the epoch
 * @returns what is known: `now` at once, `fresh` after the first look, the only one that is waited for
 */
export function createAbilities({ deployed, alarms, canReadLive }: Questions, now: () => number) {
  let known = NONE;
  let askedMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> = Promise.resolve();

  async function ask(): Promise<void> {
    const [template, health, live] = await Promise.allSettled([deployed(), alarms(), canReadLive()]);
    known = {
      deployed: template.status === 'fulfilled' ? template.value : undefined,
      hasHealth: health.status === 'fulfilled',
      canReadLive: live.status === 'fulfilled' && live.value,
    };
  }

  return {
    now: () => known,
    async fresh(): Promise<Abilities> {
      const isFirst = askedMs === Number.NEGATIVE_INFINITY;
      if (now() - askedMs >= FRESH_MS) {
        askedMs = now();
        asking = ask();
      }
      if (isFirst || known === NONE) await asking;
      return known;
    },
  };
}

/** The wall clock of the whole pipeline, functions included, which a scenario sets forward: hours pass in seconds. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Stage, Tuning } from './stage.ts';

/** The functions' threads look at the file every 100 ms. */
const NOTICED_MS = 150;

export interface WorldClock {
  /** For the stage's start. */
  tuning: Tuning;
  pass(ms: number): Promise<void>;
}

/** Runs `play` under a clock of its own. */
export async function underOwnClock<T>(stage: Stage, play: (clock: WorldClock) => Promise<T>): Promise<T> {
  const { now } = Date;
  const file = join(stage.root, 'clock');
  const preload = `${pathToFileURL(join(import.meta.dirname, 'limits/shifted-clock.mjs'))}?file=${file}`;
  let aheadMs = 0;
  const clock: WorldClock = {
    tuning: {
      'AWS::Lambda::Function': ({ Environment }) => {
        const { Variables } = (Environment ?? {}) as { Variables?: object };
        return { Environment: { Variables: { ...Variables, NODE_OPTIONS: `--import ${preload}` } } };
      },
    },
    async pass(ms) {
      aheadMs += ms;
      writeFileSync(file, String(aheadMs));
      await sleep(NOTICED_MS);
    },
  };
  Date.now = () => now() + aheadMs;
  try {
    return await play(clock);
  } finally {
    Date.now = now;
  }
}

import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Site } from '../producer.ts';
import { HOT, type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Devices send, and the runtime is killed before anything is delivered. */
async function killedBeforeDelivery(stage: Stage): Promise<Site[]> {
  await stage.startProcess();
  const sites = Array.from({ length: 3 }, (_, i) => new Site(`site-${i + 1}`, 20));
  for (const temperatures of [WELL, HOT, WELL]) await stage.send(sites, temperatures);
  await stage.killProcess();
  return sites;
}

/** What is said to be lost, and missing; other incidents may be open or not. */
async function accountOf(stage: Stage, sites: readonly Site[]) {
  await stage.send(sites, WELL);
  await stage.stop();
  const lost = stage.linesSaidLost;
  if (lost === 0) throw new Error('Nobody said that anything is lost');
  return { lost, readingsMayRepeat: true, mailRepeats: Number.POSITIVE_INFINITY };
}

export const threeDaysDown: Scenario = {
  name: 'three-days-down',
  title: 'Killed, and started three days later: what the stream no longer keeps is said, to the line',
  quick: true,
  async play(stage) {
    const sites = await killedBeforeDelivery(stage);
    const { now } = Date;
    try {
      Date.now = () => now() + 3 * DAY_MS;
      stage.restartHere();
      await stage.start();
      return await accountOf(stage, sites);
    } finally {
      Date.now = now;
    }
  },
};

export const streamDamaged: Scenario = {
  name: 'stream-damaged',
  title: 'Files of the stream are cut in half while it is down: what is gone is said, to the line',
  async play(stage) {
    const sites = await killedBeforeDelivery(stage);
    const folder = join(stage.stateDir, 'kinesis');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const name of files.filter((file) => file.endsWith('.log'))) {
      const path = join(folder, name);
      truncateSync(path, Math.floor(statSync(path).size / 2));
    }
    stage.restartHere();
    await stage.start();
    return accountOf(stage, sites);
  },
};

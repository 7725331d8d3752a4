import { setTimeout as sleep } from 'node:timers/promises';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const CRASHES = 5;
const DEVICES = 8;
/** Of a round: each device's incident opens and is resolved. */
const TRANSITIONS = 2 * DEVICES;

export const crashOfEverything: Scenario = {
  name: 'crash-of-everything',
  title: `The whole runtime is killed (SIGKILL) ${CRASHES} times under load, and goes on over what it left`,
  async play(stage) {
    await stage.startProcess();
    const sites: Site[] = [];
    for (let i = 1; i <= CRASHES; i++) {
      const site = new Site(`killed-${i}`, DEVICES);
      sites.push(site);
      // Still sending when it happens: this producer goes on where there is somebody again.
      const load = (async () => {
        for (const temperatures of [WELL, HOT, HOT, WELL]) await stage.send(site, temperatures);
      })();
      // Now at this moment of the pipeline's work, now at that.
      if (i % 2 === 1) await untilAlerts(stage, i);
      else await sleep(stage.random.integer(50, 1500));
      await stage.killProcess();
      await stage.startProcess();
      await load;
    }
    await stage.send(sites, WELL);
    return {
      incidents: resolved(...sites.flatMap(({ devices }) => devices)),
      readingsMayRepeat: true,
      // A crash may repeat what was told and not noted: by the detector (published, not marked) and by SNS. At worst
      // every crash comes before the first batch is done, and repeats all rounds so far.
      mailRepeats: 2 * sites.reduce((sum, _, i) => sum + TRANSITIONS * (i + 1), 0),
    };
  },
};

/** Until the first alerts of the round are published. */
async function untilAlerts(stage: Stage, round: number): Promise<void> {
  const list = `${stage.outputs.Endpoint}/api/alerts`;
  await stage.until('alerts are published', async () => {
    const alerts = (await (await fetch(list)).json()) as { site_id: string }[];
    return alerts.some(({ site_id: site }) => site === `killed-${round}`);
  });
}

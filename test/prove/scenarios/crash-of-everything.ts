import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { filesBelow } from '../ledger/lake.ts';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const DEVICES = 8;
/** Transitions of a round: each device's incident opens and is resolved. */
const TRANSITIONS = 2 * DEVICES;

type Moment = (stage: Stage, site: Site) => Promise<void>;

/** At which points of its work the pipeline is killed: one round for each. */
const MOMENTS: readonly Moment[] = [
  (stage, site) => untilThere('alerts are published', () => alertsOf(stage, site)),
  (stage) => untilMore('a file is delivered', () => lakeFiles(stage)),
  (stage) => sleep(stage.random.integer(50, 1500)),
  (stage) => untilMore('a mail comes', () => filesBelow(join(stage.stateDir, 'mail')).length),
  (stage) => untilMore('a file is delivered', () => lakeFiles(stage)),
  (stage) => sleep(stage.random.integer(1500, 4000)),
];

export const crashOfEverything: Scenario = {
  name: 'crash-of-everything',
  title: `The whole runtime is killed (SIGKILL) ${MOMENTS.length} times under load, and continues from what it left`,
  async play(stage) {
    await stage.startProcess();
    const sites: Site[] = [];
    for (const [i, moment] of MOMENTS.entries()) {
      const site = new Site(`killed-${i + 1}`, DEVICES);
      sites.push(site);
      // Still sending when the kill happens: this producer continues when the runtime is back.
      const load = (async () => {
        for (const temperatures of [WELL, HOT, HOT, WELL]) {
          const lines = [...site.lines(temperatures), `broken by ${site.id}`];
          await stage.producer.send([{ siteId: site.id, lines }]);
        }
      })();
      await moment(stage, site);
      await stage.killProcess();
      await stage.startProcess();
      await load;
    }
    await stage.send(sites, WELL);
    return {
      incidents: resolved(...sites.flatMap(({ devices }) => devices)),
      readingsMayRepeat: true,
      // A crash may repeat what was sent but not yet marked, by the detector (published, not marked) and by SNS. At
      // worst every crash comes before the first batch is done, and repeats all rounds so far.
      mailRepeats: 2 * sites.reduce((sum, _, i) => sum + TRANSITIONS * (i + 1), 0),
    };
  },
};

const lakeFiles = ({ stateDir, outputs }: Stage) =>
  filesBelow(join(stateDir, 's3', outputs.LakeBucketName)).length;

const alertsOf = async (stage: Stage, site: Site): Promise<boolean> =>
  (await stage.alerts()).some(({ site_id: siteId }) => siteId === site.id);

function untilMore(what: string, count: () => number): Promise<void> {
  const before = count();
  return untilThere(what, () => count() > before);
}

const PATIENCE_MS = 30_000;

/** Checks so often that the next step has not happened yet. */
async function untilThere(what: string, isThere: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS;
  while (!(await isThere())) {
    if (Date.now() > endMs) throw new Error(`Waited in vain until ${what}`);
    await sleep(2);
  }
}

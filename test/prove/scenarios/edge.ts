import { setTimeout as sleep } from 'node:timers/promises';
import { EdgeSite } from '../edge/site.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

const DEVICES = 8;
const KILLS = 30;
const CUTS = 15;
const LASTS_MS = 60_000;
const SEND_EVERY_MS = 100;
const LONGEST_CUT_MS = 2500;

export const edge: Scenario = {
  name: 'edge',
  title: `A site's gateway is killed ${KILLS} times, and its line cut ${CUTS} times: what was acknowledged arrives, in order`,
  async play(stage) {
    await stage.start();
    const edgeSite = await EdgeSite.open(stage, 'far', DEVICES);
    const { site, gateway } = edgeSite;
    const endMs = Date.now() + LASTS_MS;
    const devices = site.devices.map(async (device) => {
      while (Date.now() < endMs) {
        const temperatures = WELL.slice(0, stage.random.integer(1, WELL.length));
        await edgeSite.send(site.lines(temperatures, { devices: [device] }));
        await sleep(SEND_EVERY_MS);
      }
    });
    const kills = times(KILLS, LASTS_MS / KILLS, async (mostMs) => {
      await sleep(stage.random.integer(100, mostMs));
      await gateway.kill();
      await gateway.start();
    });
    const cuts = times(CUTS, LASTS_MS / CUTS, async (mostMs) => {
      await sleep(stage.random.integer(100, mostMs - LONGEST_CUT_MS));
      edgeSite.cut();
      await sleep(stage.random.integer(100, LONGEST_CUT_MS));
      edgeSite.restore();
    });
    await Promise.all([...devices, kills, cuts]);
    for (const temperatures of [HOT, WELL]) await edgeSite.send(site.lines(temperatures));
    await edgeSite.untilEmpty();
    await edgeSite.expectOrder();
    await edgeSite.close();
    return { incidents: resolved(...site.devices), readingsMayRepeat: true };
  },
};

export const edgeDiskFull: Scenario = {
  name: 'edge-disk-full',
  title:
    "A site's line is down until its gateway's disk space is used up: devices are told, and nothing is lost",
  quick: true,
  async play(stage) {
    await stage.start();
    const edgeSite = await EdgeSite.open(stage, 'full', 4, ['--spool-limit', '1MB', '--catch-up', '10MB/s']);
    const { site, gateway } = edgeSite;
    edgeSite.cut();
    let refused: string[] = [];
    while (refused.length === 0) {
      const lines = Array.from({ length: 50 }, () => site.lines([40])).flat();
      if ((await gateway.post(lines)) === 204) edgeSite.note(lines);
      else refused = lines;
    }
    const status = await gateway.status();
    if (!status?.warnings.some((text) => text.includes('disk space'))) {
      throw new Error(`The gateway does not warn of its full disk: ${status?.warnings}`);
    }
    edgeSite.restore();
    // The device that was told so sends it again.
    await edgeSite.send(refused);
    await edgeSite.untilEmpty();
    await edgeSite.expectOrder();
    await edgeSite.close();
    return { incidents: [], readingsMayRepeat: true };
  },
};

/** So many times, each within `eachMs`. */
async function times(count: number, eachMs: number, act: (mostMs: number) => Promise<void>): Promise<void> {
  const startMs = Date.now();
  for (let i = 1; i <= count; i += 1) {
    await act(eachMs);
    await sleep(Math.max(0, startMs + i * eachMs - Date.now()));
  }
}

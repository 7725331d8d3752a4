import { setTimeout as sleep } from 'node:timers/promises';
import { Fleet } from '../../../simulator/fleet.ts';
import { Site } from '../producer.ts';
import { again, HOT, resolved, type Scenario, WELL } from '../scenario.ts';

const HOUR_MS = 3_600_000;
const SECOND_MS = 1000;

export const duplicatesAndReordering: Scenario = {
  name: 'duplicates',
  title: 'Lines are doubled, swapped, late and broken in transit: each is stored, none alerts twice',
  async play(stage) {
    await stage.start();
    const site = new Site('swapped', 6);
    for (const temperatures of [HOT, [...WELL, ...WELL]]) {
      await stage.producer.send([{ siteId: site.id, lines: doubledAndSwapped(site, temperatures) }]);
    }
    // And a fleet with nothing wrong but its transport.
    const rates = { late: 0.05, duplicate: 0.1, reorder: 0.1, clockSkew: 0.02, malformed: 0.02 };
    const fleet = new Fleet({
      seed: stage.random.integer(1, 1e6),
      devices: 40,
      intervalMs: 1000,
      count: 4000,
      faults: rates,
    });
    const startMs = Date.now();
    for (let dueMs = fleet.nextDueMs; dueMs !== undefined; dueMs = fleet.nextDueMs) {
      await stage.forward(fleet.poll(startMs, startMs + dueMs));
    }
    await stage.forward(fleet.finish(Date.now()));
    return { incidents: resolved(...site.devices) };
  },
};

/** Of each pair of a device's readings, the second comes before the first, and again after it. */
function doubledAndSwapped(site: Site, temperatures: readonly number[]): string[] {
  const rounds = temperatures.map((temperature) => site.lines([temperature]));
  const lines: string[] = [];
  for (let i = 0; i < rounds.length; i += 2) {
    const [first = [], second = []] = rounds.slice(i, i + 2);
    lines.push(...second, ...first, ...second);
  }
  return lines;
}

export const anHourLate: Scenario = {
  name: 'an-hour-late',
  title:
    'A site was offline for an hour: its incident is reported late but complete; old readings end no open one',
  quick: true,
  async play(stage) {
    await stage.start();
    const offline = new Site('offline', 3);
    const online = new Site('online', 3);
    const past = { agoMs: HOUR_MS };
    const stuck = online.lines(WELL, past);
    await stage.send(online, HOT);
    await stage.mails(3);
    await stage.producer.send([
      { siteId: offline.id, lines: [...offline.lines(HOT, past), ...offline.lines(WELL, past)] },
      { siteId: online.id, lines: stuck },
    ]);
    await stage.send([online, offline], WELL);
    return { incidents: resolved(...offline.devices, ...online.devices) };
  },
};

export const clockSkew: Scenario = {
  name: 'clock-skew',
  title: 'Clocks an hour ahead cause no alert and hide none; clocks an hour behind are believed',
  async play(stage) {
    await stage.start();
    const ahead = new Site('ahead', 3);
    const behind = new Site('behind', 3);
    await stage.producer.send([{ siteId: ahead.id, lines: ahead.lines(HOT, { agoMs: -HOUR_MS }) }]);
    await stage.send(ahead, WELL);
    await stage.producer.send([
      { siteId: behind.id, lines: behind.lines([...HOT, ...WELL], { agoMs: HOUR_MS }) },
    ]);
    // Once the clocks are corrected, the devices' readings count at once.
    await stage.send(ahead, HOT);
    await stage.send(ahead, WELL);
    return { incidents: resolved(...ahead.devices, ...behind.devices) };
  },
};

export const clockSetBack: Scenario = {
  name: 'clock-set-back',
  title:
    'Clocks go back by an hour, or by five minutes, after an incident and during one; devices boot in 1970: all are watched',
  async play(stage) {
    await stage.start();
    const tell = async (site: Site, agoMs: number, ...temperatures: (readonly number[])[]) =>
      stage.producer.send([{ siteId: site.id, lines: site.lines(temperatures.flat(), { agoMs }) }]);
    // Summer time ends, and is sent as UTC.
    const [after, during] = [new Site('dst-after', 1), new Site('dst-during', 1)];
    await tell(after, 0, HOT, WELL);
    await tell(after, HOUR_MS, HOT);
    await tell(during, 0, HOT);
    await tell(during, HOUR_MS, HOT, WELL);
    // NTP corrects a clock that was not far enough ahead to be skewed.
    const corrected = new Site('ntp', 1);
    await tell(corrected, -299 * SECOND_MS, HOT, WELL);
    await tell(corrected, 0, HOT);
    await stage.published('firing', 5);
    await tell(after, HOUR_MS, WELL);
    await tell(corrected, 0, WELL);
    // A device boots without a network: neither seq nor time goes on. It takes half a minute to be sure of that.
    await tell(new Site('boot', 1), 0, HOT, WELL);
    const boot = new Site('boot', 1);
    const bootedMs = Date.now();
    while (Date.now() < bootedMs + 33 * SECOND_MS) {
      await tell(boot, bootedMs, [95]);
      await sleep(SECOND_MS);
    }
    await stage.published('firing', 7);
    await tell(boot, bootedMs, WELL);
    const twice = [...after.devices, ...corrected.devices, ...boot.devices];
    // In the order of the device's times, as everywhere in the ledger, this one ends before it begins.
    const backwards = resolved(...during.devices).map(({ statuses, ...incident }) => ({
      ...incident,
      statuses: statuses.toReversed(),
    }));
    return { incidents: [...again(2, resolved(...twice)), ...backwards] };
  },
};

export const flappingSensor: Scenario = {
  name: 'flapping-sensor',
  title: 'A sensor that flaps around its threshold for a hundred readings: one incident',
  quick: true,
  async play(stage) {
    await stage.start();
    const site = new Site('flapping', 5);
    for (let i = 0; i < 10; i++) await stage.send(site, [81, 79, 82, 76, 81, 78, 83, 79, 81, 77]);
    await stage.send(site, WELL);
    return { incidents: resolved(...site.devices) };
  },
};

/** What is usual for a device: remembered by environments that come and go, and in a table that may be throttled. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Site } from '../producer.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { merge, split } from './resharding.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const WRITES_THROTTLED = 10;
/** Of real time. */
const NEXT_READING_MS = 5 * SECOND_MS;

/** What the first device of each site does otherwise than the others. */
interface Oddity {
  /** Its thermometer always shows the same. */
  frozen?: boolean;
  /** Its processor is busier than it ever was. */
  busy?: boolean;
}

/** Sites whose devices measure in steps of event time, of which the last is now. */
class History {
  readonly #sites: readonly Site[];
  readonly #stepMs: number;
  #stepsToGo: number;

  constructor(sites: readonly Site[], stepMs: number, steps: number) {
    this.#sites = sites;
    this.#stepMs = stepMs;
    this.#stepsToGo = steps;
  }

  /** Sends so many steps. */
  async send(stage: Stage, steps: number, oddity: Oddity = {}): Promise<void> {
    const next = Array.from({ length: steps }, (_, i) => this.#stepsToGo - i);
    this.#stepsToGo -= steps;
    await stage.producer.send(
      this.#sites.map((site) => ({
        siteId: site.id,
        lines: next.flatMap((step) => linesOf(site, step, step * this.#stepMs, oddity)),
      })),
    );
  }
}

function linesOf(site: Site, step: number, agoMs: number, { frozen, busy }: Oddity): string[] {
  const [first = '', ...others] = site.devices;
  // A thermometer that moves, as every real one does, and a processor with little to do.
  const temperature = 45 + 3 * Math.sin(step / 40) + ((step * 7919) % 100) / 100;
  const cpu = 20 + (step % 5);
  return [
    ...site.lines([frozen ? 47.38 : temperature], { devices: [first], agoMs, cpu: busy ? cpu + 65 : cpu }),
    ...site.lines([temperature], { devices: others, agoMs, cpu }),
  ];
}

const firstOf = (sites: readonly Site[]) => sites.map(({ devices: [first = ''] }) => first);

export const frozenSensor: Scenario = {
  name: 'frozen-sensor',
  title: 'Sensors freeze while shards are split and merged: each is told once, and none that moves',
  async play(stage) {
    await stage.start();
    const sites = Array.from({ length: 8 }, (_, i) => new Site(`cold-${i + 1}`, 3));
    const history = new History(sites, 10 * SECOND_MS, 480);
    await history.send(stage, 400);
    for (const change of [split, split, merge]) {
      await Promise.all([change(stage), history.send(stage, 20, { frozen: true })]);
    }
    await history.send(stage, 20);
    return {
      incidents: firstOf(sites).map((device) => ({
        ...{ device, rule: 'temperature-stuck', statuses: ['firing', 'resolved'] },
      })),
    };
  },
};

export const modelsThrottled: Scenario = {
  name: 'models-throttled',
  title: 'Four environments learn what is usual while their writes are throttled: all learn the same',
  async play(stage) {
    await stage.start({ 'AWS::Kinesis::Stream': { ShardCount: 4 } });
    const sites = Array.from({ length: 8 }, (_, i) => new Site(`learning-${i + 1}`, 3));
    const history = new History(sites, 5 * MINUTE_MS, 3 * 288);
    const throttle = stage.break({ on: 'dynamodb.PutItem', kind: 'throttle', share: 0.3 });
    for (let sent = 0; sent < 3 * 288 - 36; sent += 36) await history.send(stage, 36);
    await history.send(stage, 32, { busy: true });
    await stage.until('writes are throttled', () => throttle.hits >= WRITES_THROTTLED);
    stage.faults.clear();
    // Alerts that got no turn are told with the sites' next readings.
    const told = stage.published('firing', sites.length);
    for (let steps = 0; steps < 4; steps += 1) {
      await history.send(stage, 1, { busy: true });
      await Promise.race([told, sleep(NEXT_READING_MS)]);
    }
    await told;
    const alerts = await stage.alerts();
    // Sites that measured the same have learnt the same, but for the milliseconds between their readings.
    const ends = alerts.map(({ band_max }) => Number(band_max));
    const differ = Math.max(...ends) - Math.min(...ends);
    if (!(differ < 0.1))
      throw new Error(`Sites that measured the same learnt bands that end at ${ends.join(', ')}`);
    return {
      incidents: firstOf(sites).map((device) => ({ device, rule: 'cpu-unusual', statuses: ['firing'] })),
    };
  },
};

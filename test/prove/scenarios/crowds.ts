import { setTimeout as sleep } from 'node:timers/promises';
import { MIXED_ANOMALIES } from '../../../simulator/anomaly.ts';
import { Fleet } from '../../../simulator/fleet.ts';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

export const wholeSite: Scenario = {
  name: 'whole-site',
  title: 'Every device of two sites at once: digests instead of one mail each, no device left out',
  quick: true,
  async play(stage) {
    await stage.start();
    const sites = [new Site('hall-a', 100), new Site('hall-b', 60)];
    await stage.send(sites, HOT);
    await stage.published('firing', 160);
    await stage.send(sites, WELL);
    return { incidents: resolved(...sites.flatMap(({ devices }) => devices)) };
  },
};

export const hotKey: Scenario = {
  name: 'hot-key',
  title: 'Nearly all readings on one partition key, with two shards: the other sites are as quick as ever',
  async play(stage) {
    await stage.start({ 'AWS::Kinesis::Stream': { ShardCount: 2 } });
    const hot = new Site('hot-key', 400);
    const others = Array.from({ length: 8 }, (_, i) => new Site(`cool-${i + 1}`, 1));
    for (let i = 0; i < 10; i++) await stage.send(hot, [50, 51, 52]);
    await stage.send([hot, ...others], HOT);
    await stage.send([hot, ...others], WELL);
    return { incidents: resolved(...hot.devices, ...others.flatMap(({ devices }) => devices)) };
  },
};

const STORM_DEVICES = 5_000;
const STORM_MS = 20_000;

export const storm: Scenario = {
  name: 'storm',
  title: 'A tenth of 5,000 devices anomalous, on four shards, for 20 s: the mail subscription stays enabled',
  async play(stage) {
    await stage.start({ 'AWS::Kinesis::Stream': { ShardCount: 4 } });
    const fleet = new Fleet({
      seed: stage.random.integer(1, 1e6),
      devices: STORM_DEVICES,
      intervalMs: 1000,
      durationMs: STORM_MS,
      anomalyRate: 0.1,
      anomalyKinds: MIXED_ANOMALIES,
    });
    const startMs = Date.now();
    for (let dueMs = fleet.nextDueMs; dueMs !== undefined; dueMs = fleet.nextDueMs) {
      await sleep(startMs + dueMs - Date.now());
      await stage.forward(fleet.poll(startMs, Date.now()));
    }
    await stage.forward(fleet.finish(Date.now()));
    return {};
  },
};

import { EdgeSite } from '../edge/site.ts';
import type { Expectation } from '../ledger/reconcile.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { crowd, ONE_SHARD } from './shards-throttle.ts';

const DEVICES = 50;
/** Of every device, at once: 190 KB. */
const READINGS = Array.from({ length: 20 }, () => 40);
/** So many times, and until the gateway was refused: a shard needs four seconds for it. */
const ROUNDS = { least: 20, most: 40 };
/** The others fill the shard so many times, with 1.6 MB each. */
const CROWDED_ROUNDS = { least: 3, most: 8 };
const SHARD_BYTES_PER_SECOND = 1024 * 1024;

/** What a gateway says while its shard is full, and when it is not any more. */
const SLOWED = 'The stream takes no more at the moment. It is tried again.';
const FREE = 'The stream takes records.';

export const gatewayThrottled: Scenario = {
  name: 'gateway-throttled',
  title:
    'No fault at all: others fill the shard of a site; its gateway slows down, says so, and keeps the order',
  rings: ['StreamWriteThrottled'],
  async play(stage) {
    await stage.start(ONE_SHARD, { shardLimits: true });
    const edgeSite = await EdgeSite.open(stage, 'patient', DEVICES, ['--catch-up', '10MB/s']);
    try {
      return await playAt(edgeSite, stage);
    } finally {
      await edgeSite.close();
    }
  },
};

async function playAt(edgeSite: EdgeSite, stage: Stage): Promise<Expectation> {
  const { site, gateway } = edgeSite;
  const troubled = site.devices.slice(0, 5);
  const hasSaid = (sentence: string) => gateway.said.some((text) => text.includes(sentence));
  const startMs = performance.now();
  const [crowdBytes, siteBytes] = await Promise.all([
    fillShard(stage, () => hasSaid(SLOWED)),
    measureMuch(edgeSite, troubled, () => hasSaid(SLOWED)),
  ]);
  if (!hasSaid(SLOWED)) throw new Error('The gateway was never refused');
  await edgeSite.untilEmpty();
  const seconds = (performance.now() - startMs) / 1000;
  const least = (crowdBytes + siteBytes) / SHARD_BYTES_PER_SECOND - 1;
  if (seconds < least) throw new Error(`Expected at least ${least} s for one shard, took ${seconds} s`);
  if (!hasSaid(FREE)) throw new Error('The gateway did not say that it goes on');
  await edgeSite.expectOrder();
  return { incidents: resolved(...troubled) };
}

/** @returns the bytes that the others put */
async function fillShard(stage: Stage, isEnough: () => boolean): Promise<number> {
  const sites = crowd();
  let rounds = 0;
  for (; goesOn(rounds, CROWDED_ROUNDS, isEnough); rounds += 1) await stage.send(sites, [40]);
  return rounds * sizeOf(crowd().flatMap((site) => site.lines([40])));
}

/** What all devices of the site measure meanwhile, some of which get hot. @returns the bytes */
async function measureMuch(
  edgeSite: EdgeSite,
  troubled: readonly string[],
  isEnough: () => boolean,
): Promise<number> {
  const { site } = edgeSite;
  let bytes = 0;
  for (let round = 0; goesOn(round, ROUNDS, isEnough); round += 1) {
    const lines = site.lines(READINGS);
    if (round === ROUNDS.least / 2) lines.push(...site.lines(HOT, { devices: troubled }));
    bytes += sizeOf(lines);
    await edgeSite.send(lines);
  }
  await edgeSite.send(site.lines(WELL));
  return bytes;
}

const goesOn = (round: number, { least, most }: typeof ROUNDS, isEnough: () => boolean) =>
  round < least || (round < most && !isEnough());

const sizeOf = (lines: readonly string[]) => lines.reduce((sum, { length }) => sum + length + 1, 0);

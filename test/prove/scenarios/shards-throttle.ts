import { EdgeSite } from '../edge/site.ts';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

const ONE_SHARD = {
  'AWS::Kinesis::Stream': { ShardCount: 1, StreamModeDetails: { StreamMode: 'PROVISIONED' } },
};
const SITES = 80;
const ROUNDS = 3;

/** One reading of each device is 1.6 MB together; a shard takes 1 MB a second. */
const crowd = () => Array.from({ length: SITES }, (_, i) => new Site(`crowded-${i + 1}`, 100));

export const shardsThrottle: Scenario = {
  name: 'shards-throttle',
  title:
    'No fault at all: more than a shard takes is refused by the stream itself, and arrives late, in order',
  async play(stage) {
    await stage.start(ONE_SHARD, { shardLimits: true });
    const sites = crowd();
    const troubled = new Site('troubled', 5);
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all([stage.send(sites, [40]), stage.send(troubled, round === 1 ? HOT : WELL)]);
    }
    if (stage.producer.throttled() === 0) throw new Error('Nothing was throttled');
    return { incidents: resolved(...troubled.devices) };
  },
};

/** About 80 KB each. */
const POSTS = 20;
/** So long the shard is kept busy at most. */
const LASTS_MS = 60_000;
const SAYS = 'takes no more at the moment';

export const gatewayThrottled: Scenario = {
  name: 'gateway-throttled',
  title:
    'No fault at all: a gateway with a backlog meets a busy shard, says that it is refused, and loses nothing',
  async play(stage) {
    await stage.start(ONE_SHARD, { shardLimits: true });
    const edgeSite = await EdgeSite.open(stage, 'busy', 20, ['--catch-up', '50MB/s']);
    const { site, gateway } = edgeSite;
    const isTold = () => gateway.said.some((text) => text.includes(SAYS));
    edgeSite.cut();
    const readings = Array.from({ length: 20 }, () => 40);
    for (let post = 0; post < POSTS; post += 1) await edgeSite.send(site.lines(readings));
    const others = crowd();
    const endMs = Date.now() + LASTS_MS;
    const load = (async () => {
      while (!isTold() && Date.now() < endMs) await stage.send(others, [40, 40]);
    })();
    await stage.until('the shard is busy', () => stage.producer.throttled() > 0);
    edgeSite.restore();
    await load;
    await edgeSite.untilEmpty();
    await edgeSite.close();
    if (!isTold()) throw new Error(`The gateway was never refused: ${gateway.said.slice(-3).join(' ')}`);
    return { incidents: [], readingsMayRepeat: true };
  },
};

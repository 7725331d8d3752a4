import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

/** Sent at once, this is about three times what a shard takes in a second. */
const ROUNDS = 12;

export const shardsThrottle: Scenario = {
  name: 'shards-throttle',
  title:
    'No fault at all: more than a shard takes is refused by the stream itself, and arrives late, in order',
  quick: true,
  async play(stage) {
    const provisioned = { ShardCount: 1, StreamModeDetails: { StreamMode: 'PROVISIONED' } };
    await stage.start({ 'AWS::Kinesis::Stream': provisioned }, { shardLimits: true });
    const sites = Array.from({ length: 8 }, (_, i) => new Site(`crowded-${i + 1}`, 150));
    const [troubled] = sites as [Site];
    await Promise.all(Array.from({ length: ROUNDS }, () => stage.send(sites, WELL)));
    await stage.send(troubled, HOT);
    await stage.send(sites, WELL);
    if (stage.producer.throttled() === 0) throw new Error('Nothing was throttled');
    return { incidents: resolved(...troubled.devices) };
  },
};

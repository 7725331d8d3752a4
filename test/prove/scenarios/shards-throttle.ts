import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

export const ONE_SHARD = {
  'AWS::Kinesis::Stream': { ShardCount: 1, StreamModeDetails: { StreamMode: 'PROVISIONED' } },
};
const SITES = 80;
const ROUNDS = 3;

/** One reading of each device is 1.6 MB together; a shard takes 1 MB a second. */
export const crowd = () => Array.from({ length: SITES }, (_, i) => new Site(`crowded-${i + 1}`, 100));

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

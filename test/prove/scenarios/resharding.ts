import {
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  MergeShardsCommand,
  type Shard,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { Site } from '../producer.ts';
import { again, HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const DEVICES = 3;

export const resharding: Scenario = {
  name: 'resharding',
  title: 'Shards are split and merged while data flows: parents are drained first, order per device holds',
  quick: true,
  async play(stage) {
    await stage.start();
    const sites = Array.from({ length: 16 }, (_, i) => new Site(`moving-${i + 1}`, DEVICES));
    let moving = true;
    let rounds = 0;
    const load = (async () => {
      for (; moving || rounds < 2; rounds += 1) {
        for (const temperature of [...HOT, ...WELL]) await stage.send(sites, [temperature]);
      }
    })();
    for (const change of [split, merge, split, split, merge]) await change(stage);
    moving = false;
    await load;
    // Alerts that got no turn in a backlog that ended with a full batch are told with the sites' next readings.
    const incidents = rounds * sites.length * DEVICES;
    await stage.until('the backlog is evaluated', () => stage.runtime.counts().resolved >= incidents);
    await stage.send(sites, [WELL[0] ?? 0]);
    return { incidents: again(rounds, resolved(...sites.flatMap(({ devices }) => devices))) };
  },
};

async function openShards({ producer, outputs }: Stage): Promise<Shard[]> {
  const { Shards } = await producer.client.send(new ListShardsCommand({ StreamName: outputs.StreamName }));
  return (Shards ?? []).filter((shard) => !shard.SequenceNumberRange?.EndingSequenceNumber);
}

const start = (shard: Shard) => shard.HashKeyRange?.StartingHashKey ?? '0';
const end = (shard: Shard) => shard.HashKeyRange?.EndingHashKey ?? '0';

export async function split(stage: Stage): Promise<void> {
  const [shard] = await openShards(stage);
  if (!shard) throw new Error('The stream has no open shard');
  const middle = (BigInt(start(shard)) + BigInt(end(shard))) / 2n;
  const StreamName = stage.outputs.StreamName;
  const input = { StreamName, ShardToSplit: shard.ShardId, NewStartingHashKey: String(middle) };
  await stage.producer.client.send(new SplitShardCommand(input));
  await untilActive(stage);
}

export async function merge(stage: Stage): Promise<void> {
  const shards = await openShards(stage);
  const [left, right] = shards.flatMap((one) => {
    const next = shards.find((other) => BigInt(start(other)) === BigInt(end(one)) + 1n);
    return next ? [one, next] : [];
  });
  const StreamName = stage.outputs.StreamName;
  const input = { StreamName, ShardToMerge: left?.ShardId, AdjacentShardToMerge: right?.ShardId };
  await stage.producer.client.send(new MergeShardsCommand(input));
  await untilActive(stage);
}

const untilActive = ({ producer, outputs, until }: Stage) =>
  until('the stream is active', async () => {
    const command = new DescribeStreamSummaryCommand({ StreamName: outputs.StreamName });
    const { StreamDescriptionSummary } = await producer.client.send(command);
    return StreamDescriptionSummary?.StreamStatus === 'ACTIVE';
  });

import {
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  MergeShardsCommand,
  type Shard,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';

export const resharding: Scenario = {
  name: 'resharding',
  title: 'Shards are split and merged while data flows: parents are drained first, order per device holds',
  async play(stage) {
    await stage.start();
    const sites = Array.from({ length: 16 }, (_, i) => new Site(`moving-${i + 1}`, 3));
    const waves = [HOT, WELL, HOT, WELL, WELL, WELL];
    const load = (async () => {
      for (const wave of waves) for (const temperature of wave) await stage.send(sites, [temperature]);
    })();
    await split(stage);
    await merge(stage);
    await split(stage);
    await load;
    await stage.send(sites, WELL);
    const twice = sites
      .flatMap(({ devices }) => resolved(...devices))
      .map((incident) => ({ ...incident, statuses: [...incident.statuses, ...incident.statuses] }));
    return { incidents: twice };
  },
};

async function openShards({ producer, outputs }: Stage): Promise<Shard[]> {
  const { Shards } = await producer.client.send(new ListShardsCommand({ StreamName: outputs.StreamName }));
  return (Shards ?? []).filter((shard) => !shard.SequenceNumberRange?.EndingSequenceNumber);
}

async function split(stage: Stage): Promise<void> {
  const [shard] = await openShards(stage);
  const { StartingHashKey = '0', EndingHashKey = '0' } = shard?.HashKeyRange ?? {};
  const middle = (BigInt(StartingHashKey) + BigInt(EndingHashKey)) / 2n;
  const StreamName = stage.outputs.StreamName;
  const input = { StreamName, ShardToSplit: shard?.ShardId, NewStartingHashKey: String(middle) };
  await stage.producer.client.send(new SplitShardCommand(input));
  await untilActive(stage);
}

async function merge(stage: Stage): Promise<void> {
  const [left, right] = await openShards(stage);
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

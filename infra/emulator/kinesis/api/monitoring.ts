/** Shard-level metrics: which are on. Nothing measures them here. */
import type { Streams } from '../stream/streams.ts';
import { type Named, streamArn, streamOf } from './find.ts';
import { required, STREAM } from './shapes.ts';

export const METRICS = [
  ...(['IncomingBytes', 'IncomingRecords', 'OutgoingBytes', 'OutgoingRecords'] as const),
  ...(['WriteProvisionedThroughputExceeded', 'ReadProvisionedThroughputExceeded'] as const),
  'IteratorAgeMilliseconds',
] as const;
const ALL = 'ALL';

export const MONITORING = {
  ...STREAM,
  ShardLevelMetrics: required({
    ...({ type: 'list', min: 1, max: 7 } as const),
    of: { type: 'string', values: [...METRICS, ALL] } as const,
  }),
};

/** @param change of the metrics that are on and those that the request names */
export async function setMetrics(
  streams: Streams,
  { ShardLevelMetrics, ...named }: Named & { ShardLevelMetrics: readonly string[] },
  change: (on: ReadonlySet<string>, named: ReadonlySet<string>) => readonly string[],
): Promise<object> {
  const { state } = streamOf(streams, named);
  const before = state.metrics;
  const meant = ShardLevelMetrics.includes(ALL) ? METRICS : ShardLevelMetrics;
  state.metrics = [...change(new Set(before), new Set(meant))];
  await streams.save();
  return {
    ...{ StreamName: state.name, StreamARN: streamArn(state.name) },
    ...{ CurrentShardLevelMetrics: before, DesiredShardLevelMetrics: state.metrics },
  };
}

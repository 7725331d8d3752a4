/** Shard-level metrics: which are on. Nothing measures them here. */
import { streamArn, streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { required, STREAM } from '../api/shapes.ts';

const METRICS = [
  ...(['IncomingBytes', 'IncomingRecords', 'OutgoingBytes', 'OutgoingRecords'] as const),
  ...(['WriteProvisionedThroughputExceeded', 'ReadProvisionedThroughputExceeded'] as const),
  'IteratorAgeMilliseconds',
] as const;
const ALL = 'ALL';
const MONITORING = {
  ...STREAM,
  ShardLevelMetrics: required({
    ...({ type: 'list', min: 1, max: 7 } as const),
    of: { type: 'string', values: [...METRICS, ALL] } as const,
  }),
};

/** @param stays whether a metric is on afterwards, by whether it is on and whether the request names it */
const monitoring = (stays: (isOn: boolean, isNamed: boolean) => boolean) =>
  operation(MONITORING, async ({ ShardLevelMetrics, ...named }, { streams }) => {
    const { state } = streamOf(streams, named);
    const before = state.metrics;
    const isNamed = (metric: (typeof METRICS)[number]) =>
      ShardLevelMetrics.includes(metric) || ShardLevelMetrics.includes(ALL);
    state.metrics = METRICS.filter((metric) => stays(before.includes(metric), isNamed(metric)));
    await streams.save();
    return {
      ...{ StreamName: state.name, StreamARN: streamArn(state.name) },
      ...{ CurrentShardLevelMetrics: before, DesiredShardLevelMetrics: state.metrics },
    };
  });

export const enableEnhancedMonitoring = monitoring((isOn, isNamed) => isOn || isNamed);
export const disableEnhancedMonitoring = monitoring((isOn, isNamed) => isOn && !isNamed);

import { operation } from '../api/operation.ts';
import { LIMITS } from '../stream/limits.ts';

export const describeLimits = operation({}, (_, { streams }) => ({
  ShardLimit: LIMITS.shards,
  OpenShardCount: streams.openShardCount,
  OnDemandStreamCount: streams.all().filter(({ state }) => state.mode === 'ON_DEMAND').length,
  OnDemandStreamCountLimit: LIMITS.onDemandStreams,
}));

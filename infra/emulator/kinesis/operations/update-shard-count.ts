import { streamArn, streamOf } from '../api/find.ts';
import { change } from '../api/operation.ts';
import { inAccount, invalidRequest, tooMany, tooManyShards } from '../api/refusals.ts';
import { required, STREAM } from '../api/shapes.ts';
import { LIMITS } from '../stream/limits.ts';

const DAY_MS = 86_400_000;

export const updateShardCount = change(
  {
    ...STREAM,
    TargetShardCount: required({ type: 'integer', min: 1 }),
    ScalingType: required({ type: 'string', values: ['UNIFORM_SCALING'] }),
  },
  async ({ TargetShardCount: target, ...named }, { streams }) => {
    const stream = streamOf(streams, named);
    const { state } = stream;
    const nowMs = streams.clock.now();
    const open = stream.openShards.length;
    if (state.mode === 'ON_DEMAND') {
      throw invalidRequest(`Request is invalid. ${inAccount(`Stream ${state.name}`)} is in On-Demand mode.`);
    }
    refuseScaling(open, target);
    const all = streams.openShardCount;
    if (all - open + target > LIMITS.shards) throw tooManyShards(all, LIMITS.shards, target - open);
    const lately = state.scaledMs.filter((ms) => nowMs - ms < DAY_MS);
    if (lately.length >= LIMITS.scalings) {
      throw tooMany(
        `${inAccount(`Stream ${state.name}`)} has been scaled ${lately.length} times in the last 24 hours, which is the limit.`,
      );
    }
    state.scaledMs = [...lately, nowMs];
    await stream.scaleTo(target);
    return {
      ...{ StreamName: state.name, StreamARN: streamArn(state.name) },
      ...{ CurrentShardCount: open, TargetShardCount: target },
    };
  },
);

function refuseScaling(open: number, target: number): void {
  const way = target > 2 * open ? 'up over double' : target < open / 2 ? 'down below half' : undefined;
  if (way === undefined) return;
  throw tooMany(
    `UpdateShardCount cannot scale ${way} your current open shard count. Current open shard count: ${open}, Target shard count: ${target}`,
  );
}

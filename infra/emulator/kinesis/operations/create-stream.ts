import { change } from '../api/operation.ts';
import { inAccount, inUse, invalidRequest, tooMany, tooManyShards } from '../api/refusals.ts';
import { required, STREAM_MODE, STREAM_NAME, TAGS } from '../api/shapes.ts';
import { checkTags } from '../api/tags.ts';
import { LIMITS } from '../stream/limits.ts';

export const createStream = change(
  {
    StreamName: required(STREAM_NAME),
    ShardCount: { type: 'integer', min: 1 },
    StreamModeDetails: STREAM_MODE,
    Tags: TAGS,
    MaxRecordSizeInKiB: { type: 'integer', min: LIMITS.recordKiB.least, max: LIMITS.recordKiB.most },
  },
  async ({ StreamName: name, ShardCount, StreamModeDetails, Tags = {}, MaxRecordSizeInKiB }, { streams }) => {
    const mode = StreamModeDetails?.StreamMode ?? 'PROVISIONED';
    if (streams.get(name)) throw inUse(`${inAccount(`Stream ${name}`)} already exists.`);
    if (mode === 'ON_DEMAND' && ShardCount !== undefined) {
      throw invalidRequest('ShardCount must not be given for a stream in ON_DEMAND mode.');
    }
    if (mode === 'PROVISIONED' && ShardCount === undefined) {
      throw invalidRequest(
        "1 validation error detected: Value null at 'shardCount' failed to satisfy constraint: Member must not be null",
      );
    }
    const onDemand = streams.all().filter(({ state }) => state.mode === 'ON_DEMAND').length;
    if (mode === 'ON_DEMAND' && onDemand >= LIMITS.onDemandStreams) {
      throw tooMany(`This account may have ${LIMITS.onDemandStreams} streams in ON_DEMAND mode.`);
    }
    const shards = ShardCount ?? LIMITS.onDemandShards.first;
    const now = streams.openShardCount;
    if (now + shards > LIMITS.shards) throw tooManyShards(now, LIMITS.shards, shards);
    checkTags(name, {}, Tags);
    await streams.create({
      name,
      mode,
      shards,
      tags: Tags,
      recordKiB: MaxRecordSizeInKiB ?? LIMITS.recordKiB.least,
    });
  },
);

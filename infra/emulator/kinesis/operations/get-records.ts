import { AwsError } from '../../wire/aws-error.ts';
import { describeChildren, describeRecord } from '../api/describe.ts';
import { nameIn } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { invalid, noShard, tooFast } from '../api/refusals.ts';
import { required, STREAM_ARN } from '../api/shapes.ts';
import { formatIterator, parseIterator } from '../stream/iterator.ts';
import { LIMITS } from '../stream/limits.ts';
import { shardIdOf } from '../stream/shard.ts';

export const getRecords = operation(
  {
    ShardIterator: required({ type: 'string', min: 1, max: 512 }),
    Limit: { type: 'integer', min: 1, max: LIMITS.pageRecords },
    StreamARN: STREAM_ARN,
  },
  async ({ ShardIterator, Limit = LIMITS.pageRecords, StreamARN }, { streams, isOwnReader }) => {
    const iterator = parseIterator(ShardIterator);
    if (!iterator) throw invalid('Invalid ShardIterator.');
    if (StreamARN !== undefined) nameIn({ StreamARN, StreamName: iterator.stream });
    const nowMs = streams.clock.now();
    refuseExpired(iterator.issuedMs, nowMs);
    const stream = streams.get(iterator.stream);
    const shard = stream?.shard(iterator.shardIx);
    if (!stream || !shard || stream.state.createdMs !== iterator.streamCreatedMs) {
      throw noShard(shardIdOf(iterator.shardIx), iterator.stream);
    }
    const meter = isOwnReader ? undefined : shard.reads;
    if (meter?.takeCall(streams.clock.elapsed()) === false) throw tooFast(shard.id, iterator.stream);
    const bounds = { limit: Limit, pageBytes: LIMITS.pageBytes, oldestMs: stream.oldestMs(), nowMs };
    const page = await shard.read({ index: iterator.index, ...bounds });
    meter?.took(page.records.reduce((sum, { data }) => sum + data.length, 0));
    return {
      Records: page.records.map((record) => describeRecord(stream, shard, record)),
      NextShardIterator: page.isEnd
        ? null
        : formatIterator({ ...iterator, index: page.next, issuedMs: nowMs }),
      MillisBehindLatest: page.behindMs,
      ChildShards: page.isEnd ? describeChildren(stream, shard) : undefined,
    };
  },
);

/** @throws AwsError */
function refuseExpired(issuedMs: number, nowMs: number): void {
  if (nowMs - issuedMs <= LIMITS.iteratorMs) return;
  const text = `Iterator expired. The iterator was created at time ${inWords(issuedMs)} while right now it is ${inWords(nowMs)} which is further in the future than the tolerated delay of ${LIMITS.iteratorMs} milliseconds.`;
  throw new AwsError('ExpiredIteratorException', text);
}

/** Such as `Thu Jan 22 01:22:02 UTC 2015`. */
function inWords(ms: number): string {
  const [day, date, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ');
  return [day, month, date, time, 'UTC', year].join(' ');
}

import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { figuresOf, hashKeyIn, refuseFull, refuseLarge } from '../api/put.ts';
import { inAccount, invalid, RATE_EXCEEDED, rateExceeded } from '../api/refusals.ts';
import { DATA, HASH_KEY, PARTITION_KEY, required, STREAM } from '../api/shapes.ts';
import { LIMITS } from '../stream/limits.ts';
import type { Placed } from '../stream/stream.ts';

const ENTRY = {
  type: 'structure',
  members: { PartitionKey: required(PARTITION_KEY), ExplicitHashKey: HASH_KEY, Data: required(DATA) },
} as const;

export const putRecords = operation(
  {
    Records: {
      ...({ type: 'list', required: true, min: 1, max: 500, of: ENTRY } as const),
      shownAs: 'com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@c965e310',
    },
    ...STREAM,
  },
  async ({ Records: records, ...named }, { streams, whyFull, onPut }) => {
    refuseFull(whyFull());
    const stream = streamOf(streams, named);
    refuseLarge(
      stream,
      records.map(({ Data }) => Data),
      (i) => `records.${i + 1}.member.data`,
    );
    const bytes = records.reduce((sum, { Data, PartitionKey }) => sum + Data.length + PartitionKey.length, 0);
    if (bytes > LIMITS.requestBytes) throw invalid('Records size exceeds 10 MB limit');
    const puts = records.map(({ Data: data, PartitionKey: partitionKey, ExplicitHashKey }) => ({
      ...{ data, partitionKey, hashKey: hashKeyIn(ExplicitHashKey) },
    }));
    const placed = await stream.put(puts);
    onPut(
      figuresOf(
        stream.state.name,
        puts.map(({ data }) => data),
        placed,
      ),
    );
    return {
      FailedRecordCount: placed.filter((one) => 'refused' in one).length,
      Records: placed.map((one) => describe(stream.state.name, one)),
      EncryptionType: stream.state.keyId === undefined ? undefined : 'KMS',
    };
  },
);

function describe(stream: string, placed: Placed): object {
  const { shard } = placed;
  if (!('refused' in placed)) return { SequenceNumber: placed.sequenceNumber, ShardId: shard.id };
  return placed.refused === 'throttled'
    ? { ErrorCode: RATE_EXCEEDED, ErrorMessage: rateExceeded(shard.id, stream) }
    : {
        ErrorCode: 'InternalFailure',
        ErrorMessage: `${inAccount(`Shard ${shard.id} in stream ${stream}`)} could not be written: ${placed.error}`,
      };
}

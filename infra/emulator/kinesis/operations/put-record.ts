import { AwsError } from '../../wire/aws-error.ts';
import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { figuresOf, hashKeyIn, refuseFull, refuseLarge } from '../api/put.ts';
import { inAccount, invalid, tooFast } from '../api/refusals.ts';
import { DATA, HASH_KEY, PARTITION_KEY, required, SEQUENCE_NUMBER, STREAM } from '../api/shapes.ts';
import { parseSequence } from '../stream/sequence.ts';

export const putRecord = operation(
  {
    ...{ ...STREAM, Data: required(DATA), PartitionKey: required(PARTITION_KEY) },
    ...{ ExplicitHashKey: HASH_KEY, SequenceNumberForOrdering: SEQUENCE_NUMBER },
  },
  async (input, { streams, whyFull, onPut }) => {
    const { Data: data, PartitionKey: partitionKey, ExplicitHashKey, SequenceNumberForOrdering } = input;
    refuseFull(whyFull());
    const stream = streamOf(streams, input);
    const { name } = stream.state;
    refuseLarge(stream, [data], () => 'data');
    refuseOrdering(name, SequenceNumberForOrdering, streams.clock.now());
    const all = await stream.put([{ data, partitionKey, hashKey: hashKeyIn(ExplicitHashKey) }]);
    onPut(figuresOf(name, [data], all));
    const [placed] = all;
    if (!placed || 'refused' in placed) {
      if (placed?.refused === 'throttled') throw tooFast(placed.shard.id, name);
      throw new AwsError('InternalFailure', placed ? String(placed.error) : 'The record has no answer', 500);
    }
    const EncryptionType = stream.state.keyId === undefined ? undefined : 'KMS';
    return { ShardId: placed.shard.id, SequenceNumber: placed.sequenceNumber, EncryptionType };
  },
);

/** Records of a shard are in the order of their calls here whatever it says. @throws AwsError for what is not a number */
function refuseOrdering(stream: string, number: string | undefined, nowMs: number): void {
  if (number === undefined) return;
  const parsed = parseSequence(number);
  if (parsed && parsed.arrivalSecs * 1000 <= nowMs + 1000) return;
  throw invalid(
    `${inAccount(`ExclusiveMinimumSequenceNumber ${number} used in PutRecord on stream ${stream}`)} is invalid.`,
  );
}

/** What IAM is asked for each operation of Kinesis. */
import { arnOf } from '../stack/identities.ts';
import { type AccessTable, type Fields, on, textOf } from '../wire/access.ts';
import { parseIterator, unseal } from './stream/iterator.ts';

/** Of the stream that a call names, by ARN, by name, by an iterator or by a token. */
function streamArn(call: Fields): string {
  const named = textOf(call, 'StreamARN') || textOf(call, 'ResourceARN');
  if (named) return named;
  const { stream: ofToken = '' } = (unseal(textOf(call, 'NextToken')) ?? {}) as { stream?: string };
  const name = textOf(call, 'StreamName') || parseIterator(textOf(call, 'ShardIterator'))?.stream || ofToken;
  return arnOf('kinesis', `stream/${name}`);
}

const onStream = (operation: string) => (call: Fields) => on(`kinesis:${operation}`, streamArn(call));
/** A consumer that is given by its name has an ARN that also says when it was registered. */
const onConsumer = (operation: string) => (call: Fields) =>
  on(
    `kinesis:${operation}`,
    textOf(call, 'ConsumerARN') || `${streamArn(call)}/consumer/${textOf(call, 'ConsumerName')}:*`,
  );
const onAccount = (operation: string) => () => on(`kinesis:${operation}`, '*');

export const ACCESS: AccessTable<Fields> = {
  AddTagsToStream: onStream('AddTagsToStream'),
  CreateStream: onStream('CreateStream'),
  DecreaseStreamRetentionPeriod: onStream('DecreaseStreamRetentionPeriod'),
  DeleteStream: onStream('DeleteStream'),
  DeregisterStreamConsumer: onConsumer('DeregisterStreamConsumer'),
  DescribeLimits: onAccount('DescribeLimits'),
  DescribeStream: onStream('DescribeStream'),
  DescribeStreamConsumer: onConsumer('DescribeStreamConsumer'),
  DescribeStreamSummary: onStream('DescribeStreamSummary'),
  DisableEnhancedMonitoring: onStream('DisableEnhancedMonitoring'),
  EnableEnhancedMonitoring: onStream('EnableEnhancedMonitoring'),
  GetRecords: onStream('GetRecords'),
  GetShardIterator: onStream('GetShardIterator'),
  IncreaseStreamRetentionPeriod: onStream('IncreaseStreamRetentionPeriod'),
  ListShards: onStream('ListShards'),
  ListStreamConsumers: onStream('ListStreamConsumers'),
  ListStreams: onAccount('ListStreams'),
  ListTagsForResource: onStream('ListTagsForResource'),
  ListTagsForStream: onStream('ListTagsForStream'),
  MergeShards: onStream('MergeShards'),
  PutRecord: onStream('PutRecord'),
  PutRecords: onStream('PutRecords'),
  RegisterStreamConsumer: onStream('RegisterStreamConsumer'),
  RemoveTagsFromStream: onStream('RemoveTagsFromStream'),
  SplitShard: onStream('SplitShard'),
  StartStreamEncryption: onStream('StartStreamEncryption'),
  StopStreamEncryption: onStream('StopStreamEncryption'),
  SubscribeToShard: onConsumer('SubscribeToShard'),
  TagResource: onStream('TagResource'),
  UntagResource: onStream('UntagResource'),
  UpdateMaxRecordSize: onStream('UpdateMaxRecordSize'),
  UpdateShardCount: onStream('UpdateShardCount'),
  UpdateStreamMode: onStream('UpdateStreamMode'),
};

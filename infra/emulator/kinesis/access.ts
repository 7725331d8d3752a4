/** The operations of Kinesis that run here, and what IAM is asked for each. */
import { arnOf } from '../stack/identities.ts';
import { type AccessTable, type Fields, on, textOf } from '../wire/access.ts';

/** What a request says of its stream. */
export interface StreamCall extends Fields {
  /** Name of the stream, if an iterator or a token names it. */
  ofIterator?: string | undefined;
}

const onStream = (operation: string) => (call: StreamCall) => {
  const name = textOf(call, 'StreamName') || call.ofIterator || '';
  return on(`kinesis:${operation}`, textOf(call, 'StreamARN') || arnOf('kinesis', `stream/${name}`));
};

export const ACCESS: AccessTable<StreamCall> = {
  AddTagsToStream: onStream('AddTagsToStream'),
  CreateStream: onStream('CreateStream'),
  DecreaseStreamRetentionPeriod: onStream('DecreaseStreamRetentionPeriod'),
  DeleteStream: onStream('DeleteStream'),
  DescribeStream: onStream('DescribeStream'),
  DescribeStreamSummary: onStream('DescribeStreamSummary'),
  GetRecords: onStream('GetRecords'),
  GetShardIterator: onStream('GetShardIterator'),
  IncreaseStreamRetentionPeriod: onStream('IncreaseStreamRetentionPeriod'),
  ListShards: onStream('ListShards'),
  ListStreams: () => on('kinesis:ListStreams', '*'),
  ListTagsForStream: onStream('ListTagsForStream'),
  MergeShards: onStream('MergeShards'),
  PutRecord: onStream('PutRecord'),
  PutRecords: onStream('PutRecords'),
  RemoveTagsFromStream: onStream('RemoveTagsFromStream'),
  SplitShard: onStream('SplitShard'),
};

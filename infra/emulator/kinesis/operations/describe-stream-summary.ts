import { describeStream } from '../api/describe.ts';
import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { STREAM } from '../api/shapes.ts';

export const describeStreamSummary = operation(STREAM, (named, { streams }) => {
  const stream = streamOf(streams, named);
  return {
    StreamDescriptionSummary: {
      ...describeStream(stream),
      OpenShardCount: stream.openShards.length,
      ConsumerCount: stream.state.consumers.length,
      MaxRecordSizeInKiB: stream.state.recordKiB,
    },
  };
});

import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { required, STREAM_ARN } from '../api/shapes.ts';
import { LIMITS } from '../stream/limits.ts';

export const updateMaxRecordSize = operation(
  {
    StreamARN: STREAM_ARN,
    MaxRecordSizeInKiB: required({
      ...({ type: 'integer' } as const),
      ...{ min: LIMITS.recordKiB.least, max: LIMITS.recordKiB.most },
    }),
  },
  async ({ StreamARN, MaxRecordSizeInKiB }, { streams }) => {
    streamOf(streams, { StreamARN }).state.recordKiB = MaxRecordSizeInKiB;
    await streams.save();
  },
);

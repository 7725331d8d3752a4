/** What has tags by its ARN: streams and consumers. */
import type { Streams } from '../stream/streams.ts';
import { consumerOf, streamOf } from './find.ts';

export interface Tagged {
  name: string;
  tags: Record<string, string>;
}

/** @throws AwsError */
export function resourceOf(streams: Streams, arn: string): Tagged {
  if (arn.includes('/consumer/')) return consumerOf(streams, { ConsumerARN: arn }).consumer;
  return streamOf(streams, { StreamARN: arn }).state;
}

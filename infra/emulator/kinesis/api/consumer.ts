import { CONSUMER_ARN, CONSUMER_NAME, STREAM_ARN } from './shapes.ts';

/** A consumer by its ARN, or by its name and the stream's ARN. */
export const CONSUMER = {
  StreamARN: STREAM_ARN,
  ConsumerName: CONSUMER_NAME,
  ConsumerARN: CONSUMER_ARN,
} as const;

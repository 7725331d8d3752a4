import { CONSUMER } from '../api/consumer.ts';
import { describeConsumer } from '../api/describe.ts';
import { consumerOf, streamArn } from '../api/find.ts';
import { operation } from '../api/operation.ts';

export const describeStreamConsumer = operation(CONSUMER, (input, { streams }) => {
  const { stream, consumer } = consumerOf(streams, input);
  return {
    ConsumerDescription: { ...describeConsumer(stream, consumer), StreamARN: streamArn(stream.state.name) },
  };
});

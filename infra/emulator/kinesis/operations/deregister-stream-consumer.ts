import { CONSUMER } from '../api/consumer.ts';
import { consumerOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';

export const deregisterStreamConsumer = operation(CONSUMER, async (input, { streams }) => {
  const { stream, consumer } = consumerOf(streams, input);
  stream.state.consumers = stream.state.consumers.filter((one) => one !== consumer);
  await streams.save();
});

import { describeConsumer } from '../api/describe.ts';
import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { inAccount, inUse, tooMany } from '../api/refusals.ts';
import { CONSUMER_NAME, required, STREAM_ARN, TAGS } from '../api/shapes.ts';
import { checkTags } from '../api/tags.ts';
import { LIMITS } from '../stream/limits.ts';

export const registerStreamConsumer = operation(
  { StreamARN: required(STREAM_ARN), ConsumerName: required(CONSUMER_NAME), Tags: TAGS },
  async ({ StreamARN, ConsumerName: name, Tags = {} }, { streams }) => {
    const stream = streamOf(streams, { StreamARN });
    const { consumers } = stream.state;
    if (consumers.some((consumer) => consumer.name === name)) {
      throw inUse(`${inAccount(`Consumer ${name} of stream ${stream.state.name}`)} already exists.`);
    }
    if (consumers.length >= LIMITS.consumers) {
      throw tooMany(
        `${inAccount(`Stream ${stream.state.name}`)} may have ${LIMITS.consumers} registered consumers.`,
      );
    }
    const consumer = { name, createdMs: streams.clock.now(), tags: checkTags(name, {}, Tags) };
    consumers.push(consumer);
    await streams.save();
    return { Consumer: describeConsumer(stream, consumer) };
  },
);

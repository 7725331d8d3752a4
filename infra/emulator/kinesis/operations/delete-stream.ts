import { streamOf } from '../api/find.ts';
import { change } from '../api/operation.ts';
import { inAccount, inUse } from '../api/refusals.ts';
import { STREAM } from '../api/shapes.ts';

export const deleteStream = change(
  { ...STREAM, EnforceConsumerDeletion: { type: 'boolean' } },
  async ({ EnforceConsumerDeletion = false, ...named }, { streams }) => {
    const stream = streamOf(streams, named);
    const { name, consumers } = stream.state;
    if (consumers.length > 0 && !EnforceConsumerDeletion) {
      throw inUse(
        `${inAccount(`Stream ${name}`)} has registered consumers. Deregister them first, or set EnforceConsumerDeletion.`,
      );
    }
    await streams.delete(stream);
  },
);

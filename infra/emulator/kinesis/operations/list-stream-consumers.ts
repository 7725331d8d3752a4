import { z } from 'zod';
import { describeConsumer } from '../api/describe.ts';
import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { PAGE_SIZE, required, STREAM_ARN, TOKEN } from '../api/shapes.ts';
import { foreignToken, makeToken, readToken } from '../api/token.ts';

const DEFAULT_RESULTS = 100;
const token = z.object({ stream: z.string(), createdMs: z.number(), afterConsumer: z.string() });

export const listStreamConsumers = operation(
  {
    ...{ StreamARN: required(STREAM_ARN), NextToken: TOKEN, MaxResults: PAGE_SIZE },
    StreamCreationTimestamp: { type: 'timestamp' },
  },
  ({ StreamARN, NextToken, MaxResults = DEFAULT_RESULTS }, { streams }) => {
    const stream = streamOf(streams, { StreamARN });
    const nowMs = streams.clock.now();
    const { name, createdMs } = stream.state;
    const begun = NextToken === undefined ? undefined : readToken(NextToken, token, nowMs);
    if (begun && (begun.stream !== name || begun.createdMs !== createdMs)) throw foreignToken();
    const after = begun?.afterConsumer ?? '';
    const rest = stream.state.consumers
      .filter((one) => one.name > after)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const page = rest.slice(0, MaxResults);
    const last = page.at(-1)?.name;
    return {
      Consumers: page.map((consumer) => describeConsumer(stream, consumer)),
      NextToken:
        rest.length > MaxResults && last
          ? makeToken({ stream: name, createdMs, afterConsumer: last }, nowMs)
          : undefined,
    };
  },
);

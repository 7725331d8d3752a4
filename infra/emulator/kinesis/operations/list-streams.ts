import { z } from 'zod';
import { describeStream } from '../api/describe.ts';
import { operation } from '../api/operation.ts';
import { PAGE_SIZE, STREAM_NAME, TOKEN } from '../api/shapes.ts';
import { makeToken, readToken } from '../api/token.ts';

const DEFAULT_LIMIT = 100;
const token = z.object({ afterStream: z.string() });

export const listStreams = operation(
  { Limit: PAGE_SIZE, ExclusiveStartStreamName: STREAM_NAME, NextToken: TOKEN },
  ({ Limit = DEFAULT_LIMIT, ExclusiveStartStreamName, NextToken }, { streams }) => {
    const nowMs = streams.clock.now();
    const after =
      NextToken === undefined ? ExclusiveStartStreamName : readToken(NextToken, token, nowMs).afterStream;
    const rest = streams.all().filter(({ state }) => after === undefined || state.name > after);
    const page = rest.slice(0, Limit);
    const last = page.at(-1)?.state.name;
    const hasMore = rest.length > Limit;
    return {
      StreamNames: page.map(({ state }) => state.name),
      HasMoreStreams: hasMore,
      NextToken: hasMore && last !== undefined ? makeToken({ afterStream: last }, nowMs) : undefined,
      StreamSummaries: page.map((stream) => {
        const { StreamName, StreamARN, StreamStatus, StreamModeDetails, StreamCreationTimestamp } =
          describeStream(stream);
        return { StreamName, StreamARN, StreamStatus, StreamModeDetails, StreamCreationTimestamp };
      }),
    };
  },
);

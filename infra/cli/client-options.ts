/** Options with which clients of the AWS SDK find a stack: on AWS by the SDK's own defaults, or the local runtime. */
import type { StackOutputs } from './outputs.ts';

/** The local runtime accepts any keys. */
const LOCAL_KEYS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** What a profile or a variable may ask for of AWS: with an endpoint of one's own, the SDK refuses to work. */
const NOTHING_OF_AWS = {
  useFipsEndpoint: false,
  useDualstackEndpoint: false,
  defaultsMode: 'legacy' as const,
};

/** No call here waits for something to happen, so that an answer takes a second or two. */
const ANSWER_WITHIN_MS = 20_000;
/** A function may run for so long before it answers. */
const FUNCTION_WITHIN_MS = 15 * 60_000;

/** Without limits, the SDK waits for good where a connection is accepted, and nobody answers. */
export const within = (ms: number) => ({
  ...{ requestTimeout: ms, throwOnRequestTimeout: true },
  // Between two pieces of an answer.
  socketTimeout: ms,
  // The SDK's own for HTTP/2, which it forgets with any option of ours.
  disableConcurrentStreams: true,
});

/** For every client of a command, also where it asks AWS only. */
export const PATIENCE = { requestHandler: within(ANSWER_WITHIN_MS) };
/** For a client that waits for functions of Lambda. */
export const PATIENCE_WITH_FUNCTIONS = { requestHandler: within(FUNCTION_WITHIN_MS) };

export interface ClientOptions extends Partial<typeof NOTHING_OF_AWS> {
  region: string;
  requestHandler: ReturnType<typeof within>;
  endpoint?: string;
  credentials?: typeof LOCAL_KEYS;
}

export const clientOptions = ({
  Region,
  Endpoint,
}: Pick<StackOutputs, 'Region' | 'Endpoint'>): ClientOptions => ({
  region: Region,
  ...PATIENCE,
  ...(Endpoint !== undefined && { endpoint: Endpoint, credentials: LOCAL_KEYS, ...NOTHING_OF_AWS }),
});

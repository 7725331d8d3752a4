/**
 * Calls wait for a socket here instead of in the SDK, which counts that wait as time to connect: in a storm of alerts it
 * gave up calls that had never been sent.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Of the SDK's agent. */
const SOCKETS = 50;

export function waitForSockets(client: DynamoDBClient): void {
  let free = SOCKETS;
  const waiting: (() => void)[] = [];
  const pass = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  client.middlewareStack.add(
    (next) => async (args) => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await next(args);
      } finally {
        pass();
      }
    },
    // Within the SDK's attempts, and around the answer's body, which needs the socket too.
    { step: 'deserialize', priority: 'high', name: 'waitForSockets' },
  );
}

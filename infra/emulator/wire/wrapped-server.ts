/** Adapts dynalite: an HTTP server that does not listen, but gets its requests from the gateway. */
import type { Server, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../base/clock.ts';
import { AwsError } from './aws-error.ts';
import { finished, replayRequest } from './aws-request.ts';
import type { AwsService } from './gateway.ts';

export interface WrappedServer {
  handle: AwsService;
  close(): Promise<void>;
}

/** How long `close` waits for requests under way, which take milliseconds, so that one that hangs cannot block it. */
const LAST_REQUEST_MS = 2_000;

export function wrapServer(server: Server, clock: Clock = systemClock): WrappedServer {
  /** Requests under way, also those whose caller has disconnected. */
  const underWay = new Set<Promise<void>>();
  let closed = false;

  return {
    async handle(request, response) {
      if (closed) throw new AwsError('ServiceUnavailable', 'The local runtime is stopping', 503);
      const answered = untilAnswered(response);
      underWay.add(answered);
      answered.finally(() => underWay.delete(answered));
      const done = finished(response);
      server.emit('request', replayRequest(request), response);
      await done;
    },
    async close() {
      closed = true;
      // Reading from a closed store would end the process with a segmentation fault in leveldown. The timer also keeps
      // the process alive, which could otherwise end here with nothing left to wait for.
      const done = new AbortController();
      const sleep = clock.sleep(LAST_REQUEST_MS, done.signal);
      await Promise.race([Promise.all(underWay), sleep]);
      done.abort();
      await closeServer(server);
    },
  };
}

/** Resolves when the server has answered, even if the caller has disconnected by then. */
function untilAnswered(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = response.end;
    response.end = (...rest: unknown[]) => {
      resolve();
      return end.apply(response, rest as Parameters<typeof end>);
    };
  });
}

/** dynalite closes its store only when it stops listening, so it listens on a random port for a moment first. */
const closeServer = (server: Server) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => server.close((error) => (error ? reject(error) : resolve())));
  });

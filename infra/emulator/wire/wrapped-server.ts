/** kinesalite and dynalite: HTTP servers that never listen, fed with requests by the gateway. */
import type { Server, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../base/clock.ts';
import { AwsError } from './aws-error.ts';
import { finished, replayRequest } from './aws-request.ts';
import type { AwsService } from './gateway.ts';

export interface WrappedServer {
  handle: AwsService;
  close(): Promise<void>;
}

/** A request takes milliseconds; one that never ends must not hold up the end of everything. */
const LAST_REQUEST_MS = 2_000;

export function wrapServer(server: Server, clock: Clock = systemClock): WrappedServer {
  /** Requests that the emulator is at work on, also those whose caller has gone away. */
  const atWork = new Set<Promise<void>>();
  let closed = false;

  return {
    async handle(request, response) {
      if (closed) throw new AwsError('ServiceUnavailable', 'The local runtime is stopping', 503);
      const answered = untilAnswered(response);
      atWork.add(answered);
      answered.finally(() => atWork.delete(answered));
      const done = finished(response);
      server.emit('request', replayRequest(request), response);
      await done;
    },
    async close() {
      closed = true;
      // A read of a store that is closed ends the process (leveldown: segmentation fault). The timer keeps the process
      // alive: with nothing else to wait for, it would end here, in the middle of its own end.
      const patience = new AbortController();
      const sleep = clock.sleep(LAST_REQUEST_MS, patience.signal);
      await Promise.race([Promise.all(atWork), sleep]);
      patience.abort();
      await closeServer(server);
    },
  };
}

/** Resolves when the emulator has done its work: its answer may have nobody to go to by then. */
function untilAnswered(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = response.end;
    response.end = (...rest: unknown[]) => {
      resolve();
      return end.apply(response, rest as Parameters<typeof end>);
    };
  });
}

/**
 * dynalite closes its store only after its listener has closed, and a listener that never was open cannot: so it is
 * opened for that one moment, on a port that nobody knows.
 */
const closeServer = (server: Server) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => server.close((error) => (error ? reject(error) : resolve())));
  });

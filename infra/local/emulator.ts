/** kinesalite and dynalite: HTTP servers that never listen, fed with requests by the gateway. */
import type { Server } from 'node:http';
import { finished, replayRequest } from './aws-request.ts';
import type { AwsService } from './gateway.ts';

export interface Emulator {
  handle: AwsService;
  close(): Promise<void>;
}

export function wrapServer(server: Server): Emulator {
  return {
    async handle(request, response) {
      const done = finished(response);
      server.emit('request', replayRequest(request), response);
      await done;
    },
    // dynalite closes its store only after its listener has closed, and a listener that never was open cannot: so it
    // is opened for that one moment, on a port that nobody knows.
    close: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => server.close((error) => (error ? reject(error) : resolve())));
      }),
  };
}

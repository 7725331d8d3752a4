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
    // Closes the store first, then the listener, which never listened: that one complaint is expected.
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => {
          const code = (error as NodeJS.ErrnoException | undefined)?.code;
          if (error && code !== 'ERR_SERVER_NOT_RUNNING') reject(error);
          else resolve();
        });
      }),
  };
}

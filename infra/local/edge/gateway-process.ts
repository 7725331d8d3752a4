/** The gateway of a site in its own process, as a site runs it. */
import { z } from 'zod';
import { UserError } from '../../cli/user-error.ts';
import { startProgram } from './program.ts';

const ASK_TIMEOUT_MS = 500;
/** A line that the gateway prints when it listens. */
const LISTENS = /takes readings at (http:\/\/[\w.:]+)\/readings/;
/** The end of its account. */
const WAITING = /= \d+ forwarded \+ (\d+) waiting/g;

const statusSchema = z.object({
  readings: z.object({ waiting: z.number() }),
  backlog: z.object({ oldestSeconds: z.number() }),
  cloud: z.object({ problem: z.string().optional() }),
});
export type GatewayStatus = z.infer<typeof statusSchema>;

export interface GatewayProcess {
  url: string;
  /** Undefined where it does not answer. */
  status(): Promise<GatewayStatus | undefined>;
  /** Ends it in order. Resolves with the number of readings that wait on its disk. */
  stop(): Promise<number>;
  kill(): void;
}

export interface GatewayProcessOptions {
  project: string;
  site: string;
  /** Folder of the site. */
  keys: string;
  spool: string;
  /** Called with what it said last when it ends by itself. */
  onExit(lastLine: string): void;
}

/** Resolves when it listens. @throws UserError with its own words if it cannot start */
export async function startGateway(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const { project, site, keys, spool, onExit } = options;
  const { child, exited, said } = startProgram({
    ...{ project, file: 'services/gateway/main.ts', preload: ['./infra/local/edge/end-with-parent.mjs'] },
    args: ['--keys', keys, '--spool', spool, '--listen', '127.0.0.1:0'],
  });
  let stopping = false;
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const [, found] = LISTENS.exec(said()) ?? [];
      if (found) resolve(found);
    });
    void exited.then(() => {
      reject(new UserError(`The gateway of ${site} has not started: ${said()}`));
      if (!stopping) onExit(said().split('\n').at(-1) ?? '');
    });
  });
  return {
    url,
    async status() {
      try {
        const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
        return statusSchema.parse(await response.json());
      } catch {
        return undefined;
      }
    },
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await exited;
      return Number([...said().matchAll(WAITING)].at(-1)?.[1] ?? 0);
    },
    kill() {
      stopping = true;
      child.kill('SIGKILL');
    },
  };
}

/** The fleet that `npm start` brings along: the ordinary simulator, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';

export interface FleetOptions {
  project: string;
  stateDir: string;
  devices: number;
  anomalyRate: number;
}

export interface Fleet {
  /** Asks it to stop, and waits for its closing report: readings that the stream took, or undefined if it gave none. */
  stop(): Promise<number | undefined>;
  /** Ends it at once. */
  kill(): void;
}

const reportSchema = z.object({ acked: z.number() });

/** @param onExit called when it ends without having been asked, with what it said last */
export function startFleet(options: FleetOptions, onExit: (lastWords: string) => void): Fleet {
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', 'simulator/cli.ts', '--local', '--dir', options.stateDir, '--json'],
      ...[
        '--devices',
        String(options.devices),
        '--interval',
        '1s',
        '--anomaly-rate',
        String(options.anomalyRate),
      ],
      // One sure anomaly, so that the first e-mail comes within seconds and not by luck.
      ...['--inject', 'sustained@dev-3:temperature+2s/20s'],
    ],
    // A process group of its own: a Ctrl-C in the terminal goes to us alone, and we stop the fleet before the rest.
    { cwd: options.project, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr = (output.stderr + chunk.toString()).slice(-2000);
  });
  let stopping = false;
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  void exited.then(() => {
    if (!stopping) onExit(lastLine(output.stderr));
  });
  return {
    async stop() {
      stopping = true;
      signal(child, 'SIGINT');
      await exited;
      return parseReport(output.stdout);
    },
    kill() {
      stopping = true;
      signal(child, 'SIGKILL');
    },
  };
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(name);
}

function parseReport(stdout: string): number | undefined {
  try {
    return reportSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).acked;
  } catch {
    return undefined;
  }
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';

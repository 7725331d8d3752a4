/** The fleet that `npm start` brings along: the ordinary simulator in a process of its own, steered over a channel. */
import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import { type FleetCommand, type FleetMessage, fleetMessageSchema } from '../../cli/fleet-control.ts';
import type { Fleet } from '../console/fleet.ts';
import type { Episode, FleetState } from '../console/page-state.ts';

export interface FleetOptions {
  project: string;
  stateDir: string;
  devices: number;
  anomalyRate: number;
  /** One anomaly by name, as the simulator's `--inject` takes it. */
  inject?: string;
}

export interface FleetProcess extends Fleet {
  /** Asks it to stop, and waits for its closing report: readings that the stream took, or undefined if it gave none. */
  stop(): Promise<number | undefined>;
  /** Ends it at once. */
  kill(): void;
}

const reportSchema = z.object({ acked: z.number() });
const REPLY_MS = 5_000;
const MAX_EPISODES = 200;

/** @param onExit called when it ends without having been asked to, with its last line of output */
export function startFleet(options: FleetOptions, onExit: (lastLine: string) => void): FleetProcess {
  const child = spawnSimulator(options);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output.stderr = (output.stderr + chunk.toString()).slice(-2000);
  });
  const replies = new Map<number, (problem: string | undefined) => void>();
  const state: FleetState = { devices: options.devices, paused: false, running: true, episodes: [] };
  let requests = 0;
  child.on('message', (message) => {
    const { data } = fleetMessageSchema.safeParse(message);
    if (data?.type === 'reply') replies.get(data.id)?.(data.problem);
    else if (data) recordEpisode(state, data);
  });
  let stopping = false;
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  void exited.then(() => {
    state.running = false;
    for (const reply of replies.values()) reply('The fleet has stopped.');
    if (!stopping) onExit(lastLine(output.stderr));
  });

  async function send(command: FleetCommand): Promise<string | undefined> {
    if (!state.running || !child.connected) return 'The fleet has stopped.';
    requests += 1;
    const id = requests;
    const problem = await new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => resolve('The fleet does not answer.'), REPLY_MS);
      replies.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      child.send({ id, command }, (error) => error && replies.get(id)?.('The fleet has stopped.'));
    });
    replies.delete(id);
    if (problem === undefined && command.type !== 'inject') state.paused = command.type === 'pause';
    return problem;
  }

  return {
    state: () => ({ ...state }),
    send,
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

function spawnSimulator({ project, stateDir, devices, anomalyRate, inject }: FleetOptions): ChildProcess {
  return spawn(
    process.execPath,
    [
      ...['--import', 'tsx', 'simulator/cli/cli.ts', '--local', '--dir', stateDir, '--json'],
      ...['--devices', String(devices), '--interval', '1s', '--anomaly-rate', String(anomalyRate)],
      ...(inject === undefined ? [] : ['--inject', inject]),
    ],
    // A process group of its own: Ctrl-C in the terminal reaches only us, and we stop the fleet before the rest.
    { cwd: project, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
}

function recordEpisode(state: FleetState, message: Exclude<FleetMessage, { type: 'reply' }>): void {
  const { type, ...episode } = message;
  const same = (other: Episode) =>
    other.site_id === episode.site_id &&
    other.device_id === episode.device_id &&
    other.start === episode.start &&
    other.kind === episode.kind &&
    other.metric === episode.metric;
  const rest = type === 'episode' ? state.episodes.filter((other) => !same(other)) : state.episodes;
  state.episodes = [...rest, episode].slice(-MAX_EPISODES);
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

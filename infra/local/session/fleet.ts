/** The fleet of `npm start`: the ordinary simulator in its own process, controlled over an IPC channel. */
import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import { type FleetCommand, type FleetMessage, fleetMessageSchema } from '../../cli/fleet-control.ts';
import { programAt } from '../../cli/run/program-at.ts';
import { parseJson } from '../../emulator/base/parse-json.ts';
import type { Fleet } from '../console/fleet.ts';
import type { Episode, FleetState } from '../console/page-state.ts';

export interface FleetOptions {
  project: string;
  stateDir: string;
  devices: number;
  anomalyRate: number;
  /** An anomaly, in the form of the simulator's `--inject`. */
  inject?: string;
  /** Addresses of gateways to send to, instead of the stream. */
  gateways?: readonly string[];
}

export interface FleetProcess extends Fleet {
  /** Stops it, and resolves with the number of readings that the stream took, or undefined without a report. */
  stop(): Promise<number | undefined>;
  /** Ends it at once. */
  kill(): void;
}

const reportSchema = z.object({ acked: z.number() });
const REPLY_MS = 5_000;
/** It lives as long as the session: the stream of this machine comes back when its disk has room again. */
const PATIENCE = '365d';
const MAX_EPISODES = 200;

/** @param onExit called with the last line of output when it ends by itself */
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
      return parseJson(lastLine(output.stdout), reportSchema)?.acked;
    },
    kill() {
      stopping = true;
      signal(child, 'SIGKILL');
    },
  };
}

function spawnSimulator(options: FleetOptions): ChildProcess {
  const { project } = options;
  return spawn(
    process.execPath,
    [...programAt(project, 'simulator/cli/cli.ts'), ...fleetArguments(options)],
    // In its own process group, so that Ctrl-C reaches only us, and we stop the fleet before the rest.
    { cwd: project, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
}

/** What the simulator is told. */
export function fleetArguments({ stateDir, devices, anomalyRate, inject, gateways }: FleetOptions): string[] {
  const target = gateways ? gateways.flatMap((url) => ['--gateway', url]) : ['--local', '--dir', stateDir];
  return [
    ...[...target, '--json', '--retry-for', PATIENCE],
    ...['--devices', String(devices), '--interval', '1s', '--anomaly-rate', String(anomalyRate)],
    ...(inject === undefined ? [] : ['--inject', inject]),
  ];
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

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';

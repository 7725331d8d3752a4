/** A whole session of `npm start`: synthesizes, runs, prints what happens, and ends in order. */
import { resolve } from 'node:path';
import { stackNameOf } from '../../../services/contract/stack.ts';
import { readOutputs } from '../../cli/outputs.ts';
import { synthesizeIfNeeded } from '../../cli/synth.ts';
import { UserError } from '../../cli/user-error.ts';
import { EventBus } from '../../emulator/base/events.ts';
import { createFaults, type Faults } from '../../emulator/faults/faults.ts';
import { parseFault, resolveStack } from '../../emulator/registry.ts';
import { loadAssembly } from '../../emulator/stack/template.ts';
import { createRuleDesk } from '../console/rules/rule-desk.ts';
import { type RunningEdge, startEdge } from '../edge/edge.ts';
import { localFlags } from '../local-outputs.ts';
import { ownVersion } from '../own-version.ts';
import { type Runtime, startRuntime } from '../runtime.ts';
import { asUserError } from '../setup-errors.ts';
import { createDeviceCommands } from './device-commands.ts';
import { endSession, untilAsked } from './end.ts';
import { startFeed } from './feed.ts';
import { firstAnomaly } from './first-anomaly.ts';
import { type FleetProcess, startFleet } from './fleet.ts';
import { inForeground, openInBrowser, startKeys } from './keys.ts';
import { sayLastWords } from './last-words.ts';
import { resourceList } from './resource-list.ts';
import { banner, entry, nextSteps, nodeNotes, type Paint, painter, readyLine, whatRuns } from './screen.ts';

export interface StartOptions {
  port: number;
  devices: number;
  anomalyRate: number;
  simulator: boolean;
  /** Let the fleet send to gateways of sites. */
  edge: boolean;
  /** In ms; without it the session lasts until Ctrl-C. */
  duration?: number;
  dir: string;
  /** Name of the environment whose template is run. */
  env?: string;
  app?: string;
  resources?: boolean;
  /** Each as it was typed. */
  fault: string[];
  /** Whether the stream's shards throttle. */
  shardLimits: boolean;
}

const PROJECT = resolve(import.meta.dirname, '../../..');
/** The exit code that a shell reports for a program that SIGINT has ended. */
const EXIT_INTERRUPTED = 130;

type Say = (...lines: string[]) => unknown;

/** @returns the exit code */
export const run = (options: StartOptions): Promise<number> => asUserError(() => session(options));

async function session(options: StartOptions): Promise<number> {
  const faults = faultsOf(options.fault);
  const paint = painter(Boolean(process.stderr.isTTY) && !process.env.NO_COLOR);
  const say: Say = (...lines) => process.stderr.write(`${lines.join('\n')}\n`);
  const stackName = stackNameOf(options.env);
  const assembly = await openAssembly(options, stackName, say);
  if (options.resources) {
    const stack = resolveStack(assembly.template, stackName, `http://127.0.0.1:${options.port}`);
    process.stdout.write(`${resourceList(stack).join('\n')}\n`);
    return 0;
  }
  const version = ownVersion();
  // State holds mails and readings: also what the databases write in it is for its owner only.
  process.umask(0o077);
  const bus = new EventBus();
  // Events during the start are printed after the first screen.
  const early: string[] = [];
  let feedTo: Say = (...lines) => early.push(...lines);
  const feed = startFeed(bus, (...lines) => feedTo(...lines), paint);
  let fleet: FleetProcess | undefined;
  let edge: RunningEdge | undefined;
  const killAll = () => {
    fleet?.kill();
    edge?.kill();
  };
  sayLastWords(say, killAll);
  const runtime = await startRuntime({
    ...{ assembly, stackName, stateDir: options.dir, port: options.port, bus, version, faults },
    shardLimits: options.shardLimits,
    fleet: () => fleet,
    edge: () => edge,
    deviceCommand: createDeviceCommands(PROJECT, options.dir),
    ruleDesk: openRuleDesk(options),
  });
  const hasKeys = Boolean(process.stdin.isTTY) && inForeground();
  say(...firstScreen(runtime, version, options.dir, hasKeys, paint), ...early);
  feedTo = say;

  let releaseKeys = () => {};
  // From now on it ends in order, also while gateways are being started.
  const { asked, endAfter } = untilAsked(() => {
    killAll();
    releaseKeys();
    say('Stopped at once: what was not delivered yet comes at the next start.');
    process.exit(EXIT_INTERRUPTED);
  });
  const notice = (text: string, level: 'info' | 'error' = 'error') =>
    bus.publish({ type: 'notice', level, text });
  if (options.edge) {
    edge = await openEdge(runtime, options.dir, notice);
    notice(`Sites send to gateways: ${edge.urls.join(', ')}. Cut the line of one on the page.`, 'info');
  }
  fleet = openFleet(options, runtime, edge, notice);
  // Not before, or a short session would be over when the gateways have started.
  if (options.duration !== undefined) endAfter(options.duration);
  releaseKeys = startKeys({
    ...{
      input: hasKeys ? process.stdin : undefined,
      url: `${runtime.endpoint}/`,
      fleet: () => fleet,
      open: openInBrowser,
    },
    say: (text) => say(...entry(new Date().toTimeString().slice(0, 8), 'keys', text, paint, 'cyan')),
    quit: () => process.kill(process.pid, 'SIGINT'),
  });
  await asked;
  const { denials } = await endSession({ runtime, fleet, edge, feed }, say, paint);
  // Only now: during the end, Ctrl-C is still read as a key and stops at once.
  releaseKeys();
  // On AWS the same call would be denied, so the run has not shown that the stack works.
  return denials.length > 0 ? 1 : 0;
}

async function openAssembly({ app, env }: StartOptions, stackName: string, say: Say) {
  const onSynth = () => say('Synthesizing the template, which changed …');
  const folder = app ?? (await synthesizeIfNeeded(PROJECT, onSynth, env));
  return loadAssembly(resolve(folder), stackName);
}

function firstScreen(
  { endpoint, resources, nodes }: Runtime,
  version: string,
  dir: string,
  hasKeys: boolean,
  paint: Paint,
): string[] {
  return [
    // Since the process began: what a person waits for.
    ...banner(version, performance.now(), endpoint, paint),
    ...whatRuns(resources, paint),
    ...nodeNotes(nodes, paint),
    '',
    ...nextSteps(endpoint, localFlags(dir), paint),
    '',
    readyLine(endpoint, hasKeys, paint),
  ];
}

/** Undefined where none was asked for. */
function openFleet(
  { simulator, dir, devices, anomalyRate }: StartOptions,
  runtime: Runtime,
  edge: RunningEdge | undefined,
  notice: (text: string) => void,
): FleetProcess | undefined {
  if (!simulator) return undefined;
  const options = {
    ...{ project: PROJECT, stateDir: dir, devices, anomalyRate, gateways: edge?.urls },
    inject: firstAnomaly(devices, runtime.alerts()),
  };
  return startFleet(options, (line) => notice(`The fleet has stopped: ${line}`));
}

/** @throws UserError, a misuse */
function faultsOf(texts: readonly string[]): Faults {
  const faults = createFaults();
  for (const text of texts) {
    try {
      faults.add(parseFault(text));
    } catch (error) {
      if (error instanceof RangeError) throw UserError.misuse(error.message);
      throw error;
    }
  }
  return faults;
}

/** None of a template from elsewhere: its rules are not this project's file. */
function openRuleDesk({ app, dir, env }: StartOptions) {
  if (app !== undefined) return undefined;
  return createRuleDesk({
    project: PROJECT,
    flags: ['--local', '--dir', resolve(dir)],
    applyWith: env === undefined ? 'npm start' : `npm start -- --env ${env}`,
    outputs: () => readOutputs({ local: true, dir }),
  });
}

/** The runtime is closed in order when the gateways cannot be started. */
async function openEdge(
  runtime: Runtime,
  stateDir: string,
  notice: (text: string) => void,
): Promise<RunningEdge> {
  const { endpoint, credentialsEndpoint } = runtime;
  try {
    return await startEdge({ project: PROJECT, stateDir, endpoint, credentialsEndpoint, notice });
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

/** `npm run simulate`: from options to a run and its report. */
import type { Command } from 'commander';
import { stopSignal } from '../../infra/cli/interrupt.ts';
import { type Io, runAsProgram, runCommandLine } from '../../infra/cli/program.ts';
import { wrap } from '../../infra/cli/text.ts';
import { fastClock, systemClock } from '../clock.ts';
import { findGateways } from '../sink/gateways.ts';
import { checkOptions, type SimulationOptions } from './check-options.ts';
import { Gate } from './gate.ts';
import { type Flags, simulateCommand } from './options.ts';
import { obey } from './remote.ts';
import { buildReport, exitCode } from './report.ts';
import { type RunState, run } from './run.ts';
import { finalReport, LiveLine } from './screen.ts';
import { openSource, openTarget } from './setup.ts';

/** @returns the exit code: 0 everything arrived, 1 not everything arrived or it could not run, 2 misused */
export const runSimulate = (argv: string[], io: Io): Promise<number> =>
  runCommandLine(simulateCommand(), argv, io, (flags: Flags, command: Command) =>
    simulate(checkOptions(flags, command), io),
  );

async function simulate(options: SimulationOptions, io: Io): Promise<number> {
  let live: LiveLine | undefined;
  const say = (text: string) => {
    live?.clear();
    io.stderr(`${wrap(text).join('\n')}\n`);
  };
  const gateways = await findGateways(options.gateway);
  const target = await openTarget(options, say, gateways);
  const { source, title, close } = await openSource(options, say, gateways);
  const clock = options.fast ? fastClock(startOf(options)) : systemClock;
  const state: RunState = { startMs: clock.now(), nextDueMs: 0, maxLagMs: 0 };
  const startedMs = systemClock.elapsed();
  say(`Simulating ${title}`);
  say(`Sending to ${target.title}. Ctrl-C stops.`);

  live = new LiveLine(process.stderr, target.sink.counts, state, { ...systemClock, now: clock.now });
  const stop = stopSignal(() => say('Stopping: sending what is under way. Ctrl-C again stops at once.'));
  const gate = new Gate();
  // The process that started this one has ended, so nobody can stop it any more.
  obey(process, source, gate, () => process.exit(1));
  live.start();
  await run({ source, sink: target.sink, clock, stop, state, gate });
  live.stop();
  const nowMs = clock.now();
  const unwritten = [await close(state.startMs, nowMs), await target.close()].filter(isProblem);

  const report = buildReport({
    ...{ target: target.title, timings: target.timings, sink: target.sink },
    ...{ source: source.counts, state, nowMs },
    tookMs: options.fast ? systemClock.elapsed() - startedMs : undefined,
    error: target.closedByReader ? undefined : target.sink.fatal?.message,
    unwritten,
  });
  io.stderr(finalReport(report));
  if (options.json) io.stdout(`${JSON.stringify(report)}\n`);
  return target.closedByReader && unwritten.length === 0 ? 0 : exitCode(report);
}

/** Readings of a fast run end now, unless it is said when they begin, or unknown when they end. */
const startOf = ({ start, durationMs = 0 }: SimulationOptions): number =>
  start ?? systemClock.now() - durationMs;

const isProblem = (problem: string | undefined) => problem !== undefined;

/**
 * An error of stdout or stderr does not end a run, but is not a success either. A reader that closes early is fine.
 * @returns the first problem so far
 */
function watchOutput(): () => string | undefined {
  let problem: string | undefined;
  for (const [name, stream] of Object.entries({ stdout: process.stdout, stderr: process.stderr })) {
    stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') problem ??= `Cannot write to ${name}: ${message}`;
    });
  }
  return () => problem;
}

/** Resolves when everything has been written or has failed, and the listeners were called. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => setImmediate(resolve)));
}

await runAsProgram(import.meta.url, async (argv, io) => {
  const unshown = watchOutput();
  const code = await runSimulate(argv, io);
  await flushed(process.stdout);
  const problem = code === 0 ? unshown() : undefined;
  if (problem) io.stderr(`${problem}\n`);
  // The SDK keeps its connections open for a while, and the channel to a parent stays open.
  process.exit(problem ? 1 : code);
});

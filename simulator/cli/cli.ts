/** `npm run simulate`: options in, a run, a report out. Exit code 0, 1 (not everything arrived) or 2 (wrong usage). */
import { CommanderError } from 'commander';
import { OutputsError } from '../../infra/cli/outputs.ts';
import { systemClock } from '../clock.ts';
import { Gate } from './gate.ts';
import { parseOptions, type SimulationOptions } from './options.ts';
import { obey } from './remote.ts';
import { buildReport, exitCode } from './report.ts';
import { type RunState, run } from './run.ts';
import { finalReport, LiveLine, wrap } from './screen.ts';
import { openSource, openTarget } from './setup.ts';
import { stopSignal } from './stop.ts';
import { UsageError } from './usage-error.ts';

async function simulate(options: SimulationOptions): Promise<number> {
  const say = (text: string) => process.stderr.write(`${wrap(text)}\n`);
  const target = await openTarget(options);
  const source = await openSource(options, say);
  const state: RunState = { startMs: systemClock.now(), nextDueMs: 0, maxLagMs: 0 };
  say(`Simulating ${source.title}`);
  say(`Sending to ${target.title}. Ctrl-C stops.`);

  const live = new LiveLine(process.stderr, target.sink.counts, state, systemClock);
  const stop = stopSignal(() => {
    live.clear();
    say('Stopping: sending what is under way. Ctrl-C again stops at once.');
  });
  const gate = new Gate();
  // Whoever started this has ended: nobody reads what would be sent, or stops it.
  obey(process, source.source, gate, () => process.exit(1));
  live.start();
  await run(source.source, target.sink, systemClock, stop, state, gate);
  live.stop();
  const nowMs = systemClock.now();
  await source.close(state.startMs, nowMs);
  await target.close();

  const error = target.closedByReader ? undefined : target.sink.fatal?.message;
  const report = buildReport(
    target.title,
    source.source.counts,
    target.sink,
    state,
    nowMs,
    target.timings,
    error,
  );
  process.stderr.write(finalReport(report));
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return target.closedByReader ? 0 : exitCode(report);
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await simulate(parseOptions(argv));
  } catch (error) {
    // Commander has printed its message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof OutputsError || error instanceof UsageError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
// The SDK keeps its connections open for a while.
process.stdout.write('', () => process.exit());

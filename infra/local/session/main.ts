/** `npm start`: the whole pipeline on this machine, with a small fleet. */
import { Command, Option } from 'commander';
import { duration, environment, gathered, port, shareUpTo, wholeNumber } from '../../cli/arguments.ts';
import { LOCAL_STATE_DIR, localStateDir } from '../../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import type { StartOptions } from './start.ts';

const DEFAULT_PORT = 4566;
/** The simulator refuses a higher rate: it would leave no time between two anomalies. */
const anomalyRate = shareUpTo(0.95);

type StartFlags = Omit<StartOptions, 'dir'> & Partial<Pick<StartOptions, 'dir'>>;

/** @returns the exit code: 0 ended normally, 1 could not run, 2 misused, 130 stopped at once */
export function runStart(argv: string[], io: Io): Promise<number> {
  const command = new Command('npm start --')
    .description('Runs the whole pipeline on this machine, from the template that would be deployed.')
    .option('--port <n>', 'port on 127.0.0.1 for page and AWS APIs; 0 picks a free one', port, DEFAULT_PORT)
    .option('--devices <n>', 'devices in the fleet', wholeNumber(1, 100_000), 20)
    .option('--anomaly-rate <share>', 'share of device time inside an anomaly', anomalyRate, 0.05)
    .option('--no-simulator', 'start no fleet')
    .addOption(
      new Option('--edge', 'two sites whose devices send to a gateway, whose line the page can cut')
        .default(false, 'none')
        .conflicts('simulator'),
    )
    .option('--duration <time>', 'stop by itself after, such as 30s', duration)
    .option('--env <name>', 'the template of this environment (infra/environments)', environment)
    .option('--dir <folder>', `state: streams, tables, lake, mails (default: ${LOCAL_STATE_DIR})`)
    .option('--no-shard-limits', 'let the stream take all it can; as on AWS, a shard takes 1 MB a second')
    .option('--app <folder>', 'run this cloud assembly instead of synthesizing cdk.out')
    .option('--resources', 'list how each resource runs, and what has no effect here; then end')
    .addOption(
      new Option('--fault <fault>', 'break something: sns.Publish:throttle:0.5:30s (repeatable)')
        .argParser(gathered)
        .default([], 'none'),
    );
  return runCommandLine(command, argv, io, async ({ dir, ...options }: StartFlags) => {
    // All of the emulator, which neither help nor a misuse needs.
    const { run } = await import('./start.ts');
    return run({ ...options, dir: dir ?? localStateDir(options.env) });
  });
}

await runAsProgram(import.meta.url, runStart);

/** `npm run score`: compares the truth of a run with the alerts that were sent. */
import { Command, Option } from 'commander';
import { type TruthEpisode, truthLineSchema } from '../../../services/contract/truth.ts';
import { parseNdjson, readText } from '../../cli/files.ts';
import { stopSignal } from '../../cli/interrupt.ts';
import { outputsOf, type StackFlags } from '../../cli/options.ts';
import { LOCAL_STATE_DIR } from '../../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { plural, wrap } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { alertsOfStack, type Span, scoredAlertSchema } from './alerts.ts';
import { type ScoredAlert, score } from './match.ts';
import { scoreTable } from './report.ts';

interface Flags extends StackFlags {
  truth: string;
  alerts?: string;
  json: boolean;
}

/**
 * Runs the command with the arguments that follow its name.
 * @param signal stops the query
 * @returns the exit code: 0 scored, 1 not, 2 misused
 */
export function runScore(argv: string[], io: Io, signal: AbortSignal): Promise<number> {
  const command = new Command('npm run score --')
    .description('Score the alerts that were sent against the truth of a simulation (simulate --truth FILE).')
    .requiredOption('--truth <file>', 'what was anomalous, as simulate wrote it')
    .option('--local', 'alerts of the local runtime (npm start) instead of those in the lake on AWS', false)
    .option('--dir <dir>', "the local runtime's state folder", LOCAL_STATE_DIR)
    .addOption(new Option('--alerts <file>', 'alerts from an NDJSON file instead').conflicts('local'))
    .option('--json', 'the score as JSON', false);
  return runCommandLine(command, argv, io, async (flags: Flags) => {
    const truth = readNdjson(flags.truth, truthLineSchema);
    if (truth.length === 0) throw UserError.misuse(`${flags.truth} is empty: has the simulation ended?`);
    const episodes = truth.filter((line) => line.type === 'episode');
    const run = truth.find((line) => line.type === 'run');
    const alerts =
      flags.alerts === undefined
        ? await alertsOfStack(await outputsOf(flags), run ?? spanOf(episodes), signal)
        : readNdjson(flags.alerts, scoredAlertSchema);
    if (flags.alerts === undefined) io.stderr(`${wrap(whatWasSeen(alerts)).join('\n')}\n`);
    const result = score(episodes, run, alerts);
    io.stdout(flags.json ? `${JSON.stringify(result)}\n` : scoreTable(result));
  });
}

const readNdjson = <T>(file: string, schema: Parameters<typeof parseNdjson<T>>[2]): T[] =>
  parseNdjson(readText(file), file, schema);

/** From the first start to the last end; ISO 8601 sorts as text. */
const spanOf = (episodes: readonly TruthEpisode[]): Span => ({
  start: episodes.map(({ start }) => start).sort()[0] as string,
  end: episodes
    .map(({ end }) => end)
    .sort()
    .at(-1) as string,
});

/** Alerts reach the lake when Firehose's buffer is written: a score right after a run may be too early. */
function whatWasSeen(alerts: readonly ScoredAlert[]): string {
  const last = alerts
    .map(({ at }) => at)
    .sort()
    .at(-1);
  const seen = last === undefined ? 'No alert' : `${plural(alerts.length, 'alert')}, the last of ${last},`;
  return `${seen} in the lake so far. Newer ones come with the next delivery.`;
}

await runAsProgram(import.meta.url, (argv, io) => runScore(argv, io, stopSignal()));

/** `npm run score`: the truth of a run against the alerts that were really sent. Exit code 0, or 2 (no score). */
import { Command, CommanderError, Option } from 'commander';
import { type TruthEpisode, truthLineSchema } from '../../../services/contract/truth.ts';
import { UsageError } from '../../../simulator/cli/usage-error.ts';
import { LOCAL_STATE_DIR, OutputsError, readOutputs } from '../../cli/outputs.ts';
import { alertsFromFile, alertsFromRuntime, readNdjson } from './alert-source.ts';
import { type ScoredAlert, score } from './match.ts';
import { scoreTable } from './report.ts';

interface Flags {
  truth: string;
  local: boolean;
  dir: string;
  alerts?: string;
  json: boolean;
}

const command = () =>
  new Command('score')
    .description('Score the alerts that were sent against the truth of a simulation (simulate --truth FILE).')
    .exitOverride()
    .requiredOption('--truth <file>', 'what was anomalous, as simulate wrote it')
    .option('--local', 'alerts of the local runtime (npm start) instead of those in the lake on AWS', false)
    .option('--dir <dir>', "the local runtime's state folder", LOCAL_STATE_DIR)
    .addOption(new Option('--alerts <file>', 'alerts from an NDJSON file instead').conflicts('local'))
    .option('--json', 'the score as JSON', false);

async function main(argv: readonly string[]): Promise<number> {
  try {
    const flags = command().parse(argv, { from: 'user' }).opts<Flags>();
    const truth = readNdjson(flags.truth, truthLineSchema);
    const episodes = truth.filter((line) => line.type === 'episode');
    const run = truth.find((line) => line.type === 'run');
    if (truth.length === 0) throw new UsageError(`${flags.truth} is empty: has the simulation ended?`);
    const span = run ?? spanOf(episodes);
    const result = score(episodes, run, await alerts(flags, span));
    process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : scoreTable(result));
    return 0;
  } catch (error) {
    // Commander has printed its message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof UsageError || error instanceof OutputsError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return 2;
  }
}

async function alerts(flags: Flags, span: { start: string; end: string }): Promise<ScoredAlert[]> {
  if (flags.alerts !== undefined) return alertsFromFile(flags.alerts);
  const outputs = readOutputs({ local: flags.local, dir: flags.dir });
  if (outputs.Endpoint !== undefined) return alertsFromRuntime(outputs.Endpoint);
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // Loaded late: the local runtime needs no SDK.
  const { alertsFromLake } = await import('./lake-alerts.ts');
  return alertsFromLake(outputs, span);
}

/** From the first start to the last end; ISO 8601 sorts as text. */
const spanOf = (episodes: readonly TruthEpisode[]) => ({
  start: episodes.map(({ start }) => start).sort()[0] as string,
  end: episodes
    .map(({ end }) => end)
    .sort()
    .at(-1) as string,
});

process.exitCode = await main(process.argv.slice(2));

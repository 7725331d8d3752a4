/** `npm run score`: compares the truth of a run with the alerts that were sent. */
import { Command, Option } from 'commander';
import { type TruthEpisode, type TruthRun, truthLineSchema } from '../../../services/contract/truth.ts';
import { duration } from '../../cli/arguments.ts';
import { parseNdjson, readText } from '../../cli/files.ts';
import { stopSoonSignal } from '../../cli/interrupt.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { RULES_IN_FORCE } from '../../cli/rules.ts';
import { plural, wrap } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { alertsOfStack, type Span, scoredAlertSchema } from './alerts.ts';
import { type ScoredAlert, score } from './match.ts';
import { alertsOfReadings } from './replayed-alerts.ts';
import { scoreTable } from './report.ts';

interface Flags extends StackFlags {
  truth: string;
  alerts?: string;
  file?: string;
  rules?: string;
  warmUp?: number;
  json: boolean;
}

const EXAMPLES = `
Examples:
  npm run score -- --truth truth.ndjson --local     the alerts that were sent
  npm run score -- --truth truth.ndjson --file readings.ndjson
                                                    those that would have been
`;

export function runScore(argv: string[], io: Io, signal: AbortSignal): Promise<number> {
  const command = addStackOptions(
    new Command('npm run score --')
      .description(
        'Score the alerts that were sent against the truth of a simulation (simulate --truth FILE).',
      )
      .requiredOption('--truth <file>', 'what was anomalous, as simulate wrote it'),
    'alerts of the local runtime (npm start) instead of those in the lake on AWS',
  )
    .addOption(new Option('--alerts <file>', 'alerts from an NDJSON file instead').conflicts('local'))
    .addOption(
      new Option('--file <file>', 'what rules would send for these readings (simulate --out FILE)').conflicts(
        [...['local', 'dir', 'alerts']],
      ),
    )
    .option('--rules <file>', `the rules for --file (default: those in force, ${RULES_IN_FORCE})`)
    .option('--warm-up <time>', 'rate nothing of the first so long: rules learn', duration)
    .option('--json', 'the score as JSON', false)
    .addHelpText('after', EXAMPLES);
  return runCommandLine(command, argv, io, async (flags: Flags) => {
    if (flags.rules !== undefined && flags.file === undefined)
      throw UserError.misuse('--rules belongs to --file.');
    const truth = readNdjson(flags.truth, truthLineSchema);
    if (truth.length === 0) throw UserError.misuse(`${flags.truth} is empty: has the simulation ended?`);
    const say = (text: string) => io.stderr(`${wrap(text).join('\n')}\n`);
    const known = {
      episodes: truth.filter((line) => line.type === 'episode'),
      run: truth.find((line) => line.type === 'run'),
    };
    const { episodes, run, warmUp } = warmedUp(known, flags.warmUp ?? 0);
    const alerts = await alertsOf(flags, run ?? spanOf(known.episodes), say, signal);
    const result = score(episodes, run, alerts, warmUp);
    io.stdout(flags.json ? `${JSON.stringify(result)}\n` : scoreTable(result));
  });
}

/** Alerts from where the options say. */
async function alertsOf(
  flags: Flags,
  span: Span,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<ScoredAlert[]> {
  const { file, rules = RULES_IN_FORCE, alerts } = flags;
  if (file !== undefined) return alertsOfReadings(file, rules, say);
  if (alerts !== undefined) return readNdjson(alerts, scoredAlertSchema);
  const sent = await alertsOfStack(await outputsOf(flags), span, signal);
  say(whatWasSeen(sent));
  return sent;
}

interface Known {
  episodes: TruthEpisode[];
  run: TruthRun | undefined;
}

/** What is left to rate of a run whose first part only warms the rules up. */
function warmedUp({ episodes, run }: Known, warmUpMs: number): Known & { warmUp: TruthEpisode[] } {
  if (warmUpMs === 0) return { episodes, run, warmUp: [] };
  if (run === undefined)
    throw UserError.misuse('--warm-up needs the line of the run, with which a truth ends.');
  const fromMs = Date.parse(run.start) + warmUpMs;
  if (fromMs >= Date.parse(run.end)) {
    throw UserError.misuse(`--warm-up: Expected less than the run, which ended at ${run.end}.`);
  }
  const start = new Date(fromMs).toISOString();
  return {
    episodes: episodes.filter((episode) => episode.start >= start),
    run: { ...run, start },
    warmUp: episodes.filter((episode) => episode.start < start),
  };
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

await runAsProgram(import.meta.url, (argv, io) => runScore(argv, io, stopSoonSignal()));

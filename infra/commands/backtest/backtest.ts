/** `npm run backtest`: what mails would these rules have sent? Passes history through the detector's own code. */
import { Command, Option } from 'commander';
import { parseDuration } from '../../../services/contract/duration.ts';
import { METRICS, type Metric, type Reading } from '../../../services/contract/reading.ts';
import { metricOf, type Rule } from '../../../services/contract/rule.ts';
import { compileRule } from '../../../services/detector/compile.ts';
import { duration, flagOf } from '../../cli/arguments.ts';
import { Athena } from '../../cli/athena-client.ts';
import { formatCost } from '../../cli/athena-price.ts';
import type { BacktestProgress } from '../../cli/backtest-result.ts';
import { stopSoonSignal } from '../../cli/interrupt.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { loadRules, RULES_IN_FORCE } from '../../cli/rules.ts';
import { SERIES_OPTIONS } from '../../cli/series/options.ts';
import type { SeriesOptions } from '../../cli/series/reader.ts';
import { formatBytes, plural } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { compare } from './compare.ts';
import { readFile } from './files.ts';
import { readHistory } from './history.ts';
import { replayHistory } from './replay.ts';
import { type Backtest, renderBacktest } from './report.ts';
import { flappiest, longest, perRuleAndDay } from './summary.ts';

export interface BacktestIo extends Io {
  now(): number;
  /** Told how far it is, if somebody listens. */
  progress?(progress: BacktestProgress): void;
}

interface Flags extends StackFlags, SeriesOptions {
  rules?: string;
  against?: string;
  since: number;
  file?: string;
  warmUp: number;
  json?: true;
}

const SERIES_GROUP = 'Recorded series:';
const PROGRESS_EVERY = 50_000;

const EXAMPLES = `
An e-mail is counted for each incident that opens, worsens or ends. More than
five at a time arrive as one digest, so the inbox never sees more than these.

Examples:
  npm run backtest -- --local                        the rules in force, today
  npm run backtest -- --rules new.json --since 7d    others, and what changes
  npm run backtest -- --since 1d --warm-up 7d        rules that learn
  npm run backtest -- --file cpu.csv --metric cpu    a recorded series
`;

export function runBacktest(argv: string[], io: BacktestIo, signal: AbortSignal): Promise<number> {
  const command = addStackOptions(
    new Command('npm run backtest --')
      .usage('[--rules FILE] [--against FILE] [--since 1d | --file FILE] [--local [--dir DIR]] [--json]')
      .description('Run history through the detector: incidents and e-mails that rules would have made.')
      .option('--rules <file>', `rules to try (default: those in force, ${RULES_IN_FORCE})`)
      .option(
        '--against <file>',
        `rules to compare with (default: ${RULES_IN_FORCE}, where others are tried)`,
      )
      .addOption(
        new Option('--since <time>', 'how far back in the lake')
          .argParser(duration)
          .default(parseDuration('1d'), '1d'),
      )
      .addOption(
        new Option('--warm-up <time>', 'learn for so long first: nothing of it is counted')
          .argParser(duration)
          .default(0, 'none'),
      )
      .addOption(
        new Option('--file <file>', 'readings as NDJSON, or a recorded series as CSV').conflicts([
          'local',
          'dir',
        ]),
      )
      .addOption(
        new Option('--metric <metric>', "the metric of a series' values")
          .choices(METRICS)
          .default('temperature')
          .helpGroup(SERIES_GROUP),
      ),
    'history of the local runtime instead of AWS',
  )
    .option('--json', 'everything as JSON on stdout')
    .addHelpText('after', EXAMPLES);
  for (const option of seriesOptions()) command.addOption(option);
  return runCommandLine(command, argv, io, async (flags: Flags) => {
    if (flags.file && command.getOptionValueSource('since') === 'cli') {
      command.error('error: --since is for the lake; a file is taken as a whole');
    }
    const ofSeries = [...Object.keys(SERIES_OPTIONS), 'metric'];
    const typed = ofSeries.find((name) => command.getOptionValueSource(name) === 'cli');
    const onlySeries = typed && `${flagOf(typed)} is for a recorded series (--file FILE.csv).`;
    const backtest = await run(flags, io, signal, onlySeries);
    io.stdout(flags.json ? toJson(backtest) : renderBacktest(backtest));
  });
}

/** Adds them as a group of their own in the help. */
const seriesOptions = (): Option[] =>
  Object.entries(SERIES_OPTIONS).map(([name, spec]) => {
    const option = new Option(`${flagOf(name)} ${spec.value}`, spec.text).helpGroup(SERIES_GROUP);
    return 'parse' in spec ? option.argParser(spec.parse as (text: string) => unknown) : option;
  });

interface History {
  readings: Iterable<Reading>;
  /** The only one that was recorded, in a series. */
  metric?: Metric | undefined;
  about: Backtest['history'];
}

/** @param onlySeries the error for options about a recorded series when history is not one */
async function run(
  flags: Flags,
  io: BacktestIo,
  signal: AbortSignal,
  onlySeries: string | undefined,
): Promise<Backtest> {
  if (onlySeries && !flags.file) throw UserError.misuse(onlySeries);
  const tried = loadRules(flags.rules ?? RULES_IN_FORCE);
  const isComparison = flags.rules !== undefined || flags.against !== undefined;
  const other = isComparison ? loadRules(flags.against ?? RULES_IN_FORCE) : [];
  const history = flags.file
    ? await fromFile(flags.file, flags, io)
    : await fromLake([...tried, ...other], flags, io, signal);
  if (onlySeries && !history.metric) throw UserError.misuse(onlySeries);
  // In a series, only one metric has been recorded.
  const applicable = (rules: Rule[]) =>
    history.metric ? rules.filter((rule) => metricOf(rule) === history.metric) : rules;
  const notices = isComparison ? noticesOf(applicable(tried), flags.warmUp) : [];
  for (const notice of notices) io.stderr(`${notice}: see --warm-up.\n`);
  const find = finder(history, flags.warmUp, isComparison ? 2 : 1, io);
  const found = find(applicable(tried));
  return {
    rules: { source: flags.rules ?? RULES_IN_FORCE, names: found.names },
    ...{ history: history.about, incidents: found.incidents, notices },
    comparison: isComparison
      ? { inForce: flags.against ?? RULES_IN_FORCE, ...compare(found, find(applicable(other))) }
      : undefined,
  };
}

/** @param times how often history will be replayed: a part of the progress each */
function finder({ readings, about }: History, warmUpMs: number, times: number, io: BacktestIo) {
  const countsFrom = new Date(Date.parse(about.from) + warmUpMs).toISOString();
  const total = times * (Array.isArray(readings) ? readings.length : about.readings);
  let done = 0;
  function* counted() {
    for (const reading of readings) {
      if (done % PROGRESS_EVERY === 0) io.progress?.({ phase: 'replays', done, total });
      done += 1;
      yield reading;
    }
  }
  return (rules: Rule[]) => ({
    names: rules.map(({ name }) => name),
    incidents: replayHistory(counted(), rules.map(compileRule)).filter(
      ({ fired_at }) => fired_at >= countsFrom,
    ),
  });
}

function noticesOf(rules: readonly Rule[], warmUpMs: number): string[] {
  const learning = rules.filter(({ kind }) => kind === 'unusual').map(({ name }) => name);
  if (learning.length === 0 || warmUpMs > 0) return [];
  return [`In its first two days of readings a device only teaches ${learning.join(', ')}`];
}

async function fromFile(file: string, flags: Flags, io: BacktestIo): Promise<History> {
  const { readings, metric, skipped, firstProblem, notices, ...about } = await readFile(file, flags);
  for (const notice of notices) io.stderr(`${notice}\n`);
  if (skipped > 0) io.stderr(`${plural(skipped, 'line')} left out. ${firstProblem}\n`);
  const { count, devices, from, to } = about;
  return { readings, metric, about: { source: file, readings: count, devices, from, to } };
}

async function fromLake(rules: Rule[], flags: Flags, io: BacktestIo, signal: AbortSignal): Promise<History> {
  const outputs = await outputsOf(flags);
  const athena = new Athena(outputs);
  try {
    const now = io.now();
    const span = { since: now - flags.since - flags.warmUp, now };
    io.progress?.({ phase: 'asks the lake', done: 0, total: 0 });
    const query = (sql: string, onRows?: (rows: number) => void) => athena.run(sql, [], signal, onRows);
    const found = await readHistory(query, outputs.ReadingsTableName, span, rules, (done, total) =>
      io.progress?.({ phase: 'reads', done, total }),
    );
    io.stderr(`${formatBytes(found.scannedBytes)} scanned: ${formatCost(found.scannedBytes)} on AWS\n`);
    const { readings, total, devices, from, to, scannedBytes } = found;
    const source = flags.local ? 'the local lake' : 'the lake';
    return { readings, about: { source, readings: total, devices, from, to, scannedBytes } };
  } finally {
    athena.close();
  }
}

function toJson(backtest: Backtest): string {
  const { rules, incidents } = backtest;
  const summary = {
    per_rule_and_day: perRuleAndDay(rules.names, incidents),
    longest: longest(incidents),
    flappiest: flappiest(incidents),
  };
  return `${JSON.stringify({ ...backtest, ...summary }, undefined, 2)}\n`;
}

await runAsProgram(import.meta.url, (argv, io) =>
  runBacktest(
    argv,
    { ...io, now: Date.now, progress: (progress) => void process.send?.(progress) },
    stopSoonSignal(),
  ),
);

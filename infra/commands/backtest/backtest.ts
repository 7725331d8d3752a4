/** `npm run backtest`: what would these rules have done to our inbox? History through the detector itself. */
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { parseDuration } from '../../../services/contract/duration.ts';
import { METRICS, type Metric, type Reading } from '../../../services/contract/reading.ts';
import { parseRulesFile, type Rule, RulesError } from '../../../services/contract/rule.ts';
import { compileRule } from '../../../services/detector/compile.ts';
import { duration } from '../../cli/arguments.ts';
import { Athena } from '../../cli/athena-client.ts';
import { formatCost } from '../../cli/athena-price.ts';
import { readText } from '../../cli/files.ts';
import { stopSignal } from '../../cli/interrupt.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { formatBytes, plural } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { parseReadings, readSeries } from './files.ts';
import { readHistory } from './history.ts';
import { byDevice, replayDevice } from './replay.ts';
import { type Backtest, renderBacktest } from './report.ts';
import { compare, flappiest, longest, perRuleAndDay } from './summary.ts';

export interface BacktestIo extends Io {
  now(): number;
}

interface Flags extends StackFlags {
  rules?: string;
  since: number;
  file?: string;
  column: string;
  metric: Metric;
  json?: true;
}

const RULES_IN_FORCE = 'services/detector/rules.json';
const PROJECT = new URL('../../../', import.meta.url);

const EXAMPLES = `
An e-mail is counted for each incident that opens, worsens or ends. More than
five at a time arrive as one digest, so the inbox never sees more than these.

Examples:
  npm run backtest -- --local                        the rules in force, today
  npm run backtest -- --rules new.json --since 7d    others, and what changes
  npm run backtest -- --file cpu.csv --metric cpu    a recorded series
`;

/**
 * Runs the command with the arguments that follow its name.
 * @param signal stops the queries
 * @returns the exit code: 0 answered, 1 not, 2 misused
 */
export function runBacktest(argv: string[], io: BacktestIo, signal: AbortSignal): Promise<number> {
  const command = addStackOptions(
    new Command('npm run backtest --')
      .usage('[--rules FILE] [--since 1d | --file FILE] [--local [--dir DIR]] [--json]')
      .description('Run history through the detector: incidents and e-mails that rules would have made.')
      .option('--rules <file>', `rules to try (default: those in force, ${RULES_IN_FORCE})`)
      .addOption(
        new Option('--since <time>', 'how far back in the lake')
          .argParser(duration)
          .default(parseDuration('1d'), '1d'),
      )
      .addOption(
        new Option('--file <file>', 'readings as NDJSON, or a series as CSV: timestamp and value').conflicts([
          'local',
          'dir',
        ]),
      )
      .option('--column <name>', "the series' column of values", 'value')
      .addOption(
        new Option('--metric <metric>', 'the metric they are').choices(METRICS).default('temperature'),
      ),
    'history of the local runtime instead of AWS',
  )
    .option('--json', 'everything as JSON on stdout')
    .addHelpText('after', EXAMPLES);
  return runCommandLine(command, argv, io, async (flags: Flags) => {
    if (flags.file && command.getOptionValueSource('since') === 'cli') {
      command.error('error: --since is for the lake; a file is taken as a whole');
    }
    const backtest = await run(flags, io, signal);
    io.stdout(flags.json ? toJson(backtest) : renderBacktest(backtest));
  });
}

interface History {
  readings: readonly Reading[];
  about: Backtest['history'];
}

async function run(flags: Flags, io: BacktestIo, signal: AbortSignal): Promise<Backtest> {
  const inForce = loadRules(fileURLToPath(new URL(RULES_IN_FORCE, PROJECT)), RULES_IN_FORCE);
  const tried = flags.rules === undefined ? undefined : loadRules(flags.rules, flags.rules);
  const history = flags.file
    ? fromFile(flags.file, flags, io)
    : await fromLake([...inForce, ...(tried ?? [])], flags, io, signal);
  // In a series, only one metric has been recorded.
  const applicable = (rules: Rule[]) =>
    isSeries(flags.file) ? rules.filter((rule) => rule.metric === flags.metric) : rules;
  const incidentsOf = (rules: Rule[]) => {
    const compiled = applicable(rules).map(compileRule);
    return [...byDevice(history.readings)].flatMap((device) => replayDevice(device, compiled));
  };
  const rules = tried ?? inForce;
  const incidents = incidentsOf(rules);
  return {
    rules: { source: flags.rules ?? RULES_IN_FORCE, names: applicable(rules).map(({ name }) => name) },
    history: history.about,
    incidents,
    comparison: tried && { inForce: RULES_IN_FORCE, ...compare(incidents, incidentsOf(inForce)) },
  };
}

function loadRules(path: string, source: string): Rule[] {
  const text = readText(path);
  try {
    return parseRulesFile(text, source);
  } catch (error) {
    throw error instanceof RulesError ? UserError.misuse(error.message, { cause: error }) : error;
  }
}

const isSeries = (file: string | undefined) => file?.toLowerCase().endsWith('.csv') ?? false;

function fromFile(file: string, flags: Flags, io: BacktestIo): History {
  const text = readText(file);
  const { readings, skipped, firstProblem } = isSeries(file)
    ? readSeries(text, file, flags)
    : parseReadings(text, file);
  if (skipped > 0) io.stderr(`${plural(skipped, 'line')} left out. ${firstProblem}\n`);
  const devices = new Set(readings.map(({ site_id, device_id }) => `${site_id}\n${device_id}`)).size;
  const times = readings.map(({ timestamp }) => timestamp).sort();
  const [from = '', to = ''] = [times[0], times.at(-1)];
  return { readings, about: { source: file, readings: readings.length, devices, from, to } };
}

async function fromLake(rules: Rule[], flags: Flags, io: BacktestIo, signal: AbortSignal): Promise<History> {
  const outputs = outputsOf(flags);
  const athena = new Athena(outputs);
  try {
    const now = io.now();
    const span = { since: now - flags.since, now };
    const query = (sql: string) => athena.run(sql, [], signal);
    const found = await readHistory(query, outputs.ReadingsTableName, span, rules);
    io.stderr(`${formatBytes(found.scannedBytes)} scanned: ${formatCost(found.scannedBytes)} on AWS\n`);
    const { readings, total, devices, from, to } = found;
    const source = flags.local ? 'the local lake' : 'the lake';
    return { readings, about: { source, readings: total, devices, from, to } };
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

await runAsProgram(import.meta.url, (argv, io) => runBacktest(argv, { ...io, now: Date.now }, stopSignal()));

/** `npm run prove`: every fault that such a pipeline may meet, and the ledger's verdict on each. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { duration, wholeNumber } from '../../infra/cli/arguments.ts';
import { type Io, runAsProgram, runCommandLine } from '../../infra/cli/program.ts';
import { synthesizeIfNeeded } from '../../infra/cli/synth.ts';
import { UserError } from '../../infra/cli/user-error.ts';
import { machine } from '../support/machine.ts';
import { keepOutcomes } from './kept.ts';
import { keepLimit, type Limit } from './kept-limits.ts';
import { runRamp, runRough, runSoak } from './limits/run.ts';
import { type Outcome, prove } from './prove.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { alarmsLine, header, howToRepeat, LEGEND, outcomeRow } from './table.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const say = (text: string) => process.stderr.write(`${text}\n`);

function byName(text: string, chosen: Scenario[]): Scenario[] {
  const found = SCENARIOS.filter(({ name }) => name === text);
  if (found.length > 0) return [...chosen, ...found];
  throw new InvalidArgumentError(`Expected one of ${SCENARIOS.map(({ name }) => name).join(', ')}.`);
}

interface Flags {
  only: Scenario[];
  seed: number;
  ramp: boolean;
  soak?: number;
  rough: boolean;
  keep: boolean;
  json: boolean;
  list: boolean;
}

export function runProve(argv: string[], io: Io): Promise<number> {
  const command = new Command('npm run prove --')
    .description(
      'Breaks the local pipeline in every way that is known, and reconciles what was sent\nwith what is there. With --ramp or --soak: how much it carries, and how long.',
    )
    .option('--only <scenario>', 'this one; repeatable', byName, [] as Scenario[])
    .option('--seed <n>', 'same seed, same luck', wholeNumber(0), 1)
    .option('--ramp', 'find the highest rate that this machine sustains', false)
    .option('--soak <time>', 'a steady load for so long, such as 10m; is memory flat?', duration)
    .option('--rough', 'with --soak: kills, full disks, clock steps and heavy queries meanwhile', false)
    .option(
      '--keep',
      'with --only, --ramp or --soak: keep the outcomes in test/prove, as a whole run does',
      false,
    )
    .option('--json', 'outcomes as JSON on stdout', false)
    .option('--list', 'name the scenarios and end', false);
  return runCommandLine(command, argv, io, async (flags: Flags) => {
    if (flags.rough && flags.soak === undefined)
      throw UserError.misuse('--rough is for a soak. Expected --soak with it, such as --soak 30m --rough.');
    if (flags.list) {
      for (const { name, title } of SCENARIOS) io.stdout(`${name.padEnd(19)} ${title}\n`);
      return 0;
    }
    const assembly = await synthesizeIfNeeded(PROJECT, () => say('Synthesizing the template …'));
    const { held, result } = await runAll(assembly, flags);
    if (flags.json) io.stdout(`${JSON.stringify({ seed: flags.seed, machine: machine(), ...result })}\n`);
    return held ? 0 : 1;
  });
}

async function runAll(assembly: string, { only, seed, ramp, soak, rough, keep }: Flags) {
  if (ramp || soak !== undefined) {
    const limit = ramp ? 'ramp' : rough ? 'rough' : 'soak';
    const ran = await runLimit(assembly, seed, limit, soak ?? 0);
    if (keep) keepLimit(limit, { ...(soak !== undefined && { seconds: soak / 1000 }), ...ran.result });
    return ran;
  }
  const isWhole = only.length === 0;
  const ran = await runScenarios(assembly, isWhole ? SCENARIOS : only, seed);
  const names = SCENARIOS.map(({ name }) => name);
  if (isWhole || keep) keepOutcomes(ran.result.outcomes, seed, names);
  return ran;
}

function runLimit(assembly: string, seed: number, limit: Limit, durationMs: number) {
  if (limit === 'ramp') return runRamp(assembly, seed);
  return (limit === 'rough' ? runRough : runSoak)(assembly, seed, durationMs);
}

async function runScenarios(assembly: string, scenarios: readonly Scenario[], seed: number) {
  say(header());
  const outcomes: Outcome[] = [];
  for (const scenario of scenarios) {
    const outcome = await prove(scenario, assembly, seed);
    outcomes.push(outcome);
    say(outcomeRow(outcome));
    for (const finding of outcome.findings) say(`    ${finding}`);
    if (outcome.alarms?.length) say(`    ${alarmsLine(outcome.alarms)}`);
    if (outcome.notHere !== undefined) say(`    Not played: ${outcome.notHere}`);
  }
  const red = outcomes.filter(({ findings }) => findings.length > 0);
  const took = outcomes.reduce((sum, { seconds }) => sum + seconds, 0);
  say(`\n${LEGEND}\n`);
  const notHere = outcomes.filter((outcome) => outcome.notHere !== undefined).length;
  say(
    `${outcomes.length - red.length - notHere} of ${outcomes.length} held${notHere > 0 ? `, ${notHere} could not be played here` : ''}, in ${took.toFixed(0)} s; seed ${seed}; ${machine()}`,
  );
  for (const outcome of red) say(`Repeat: ${howToRepeat(outcome, seed)}`);
  return { held: red.length === 0, result: { outcomes } };
}

await runAsProgram(import.meta.url, runProve);

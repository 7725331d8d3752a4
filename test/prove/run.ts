/** `npm run prove`: every fault that a pipeline like this meets, and the ledger's verdict on each. */
import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { synthesizeIfNeeded } from '../../infra/local/synth.ts';
import { type Outcome, prove } from './prove.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { header, howToRepeat, LEGEND, outcomeRow } from './table.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const PROJECT = resolve(import.meta.dirname, '../..');
const say = (text: string) => process.stderr.write(`${text}\n`);

function byName(text: string, chosen: Scenario[]): Scenario[] {
  const found = SCENARIOS.filter(({ name }) => name === text);
  if (found.length > 0) return [...chosen, ...found];
  throw new InvalidArgumentError(`Expected one of ${SCENARIOS.map(({ name }) => name).join(', ')}.`);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError(`Expected a whole number, got "${text}".`);
}

const { only, seed, json, list } = new Command('npm run prove --')
  .description(
    'Breaks the local pipeline in every way that is known, and reconciles what was sent with what is there.',
  )
  .option('--only <scenario>', 'this one; repeatable', byName, [] as Scenario[])
  .option('--seed <n>', 'same seed, same luck', wholeNumber, 1)
  .option('--json', 'outcomes as JSON on stdout', false)
  .option('--list', 'name the scenarios and end', false)
  .showSuggestionAfterError()
  .parse()
  .opts<{ only: Scenario[]; seed: number; json: boolean; list: boolean }>();

if (list) {
  for (const { name, title } of SCENARIOS) process.stdout.write(`${name.padEnd(19)} ${title}\n`);
} else {
  const assembly = await synthesizeIfNeeded(PROJECT, () => say('Synthesizing the template …'));
  say(header());
  const outcomes: Outcome[] = [];
  for (const scenario of only.length > 0 ? only : SCENARIOS) {
    const outcome = await prove(scenario, assembly, seed);
    outcomes.push(outcome);
    say(outcomeRow(outcome));
    for (const finding of outcome.findings) say(`    ${finding}`);
  }
  const red = outcomes.filter(({ findings }) => findings.length > 0);
  const took = outcomes.reduce((sum, { seconds }) => sum + seconds, 0);
  say(`\n${LEGEND}\n`);
  say(
    `${outcomes.length - red.length} of ${outcomes.length} held, in ${took.toFixed(0)} s; seed ${seed}; ${machine()}`,
  );
  for (const outcome of red) say(`Repeat: ${howToRepeat(outcome, seed)}`);
  if (json) process.stdout.write(`${JSON.stringify({ seed, machine: machine(), outcomes })}\n`);
  process.exitCode = red.length > 0 ? 1 : 0;
}

function machine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${cpus().length} × ${cpus()[0]?.model.trim()}, ${memory}, Node ${process.version}`;
}

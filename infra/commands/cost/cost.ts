/** `npm run cost`: the monthly cost of the template, item by item. docs/cost.md lists the assumptions. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { DETECTOR_METRICS } from '../../../services/contract/detector-metrics.ts';
import { addSetting, environment, wholeNumber } from '../../cli/arguments.ts';
import { PATIENCE } from '../../cli/client-options.ts';
import { type StackChoice, targetStack } from '../../cli/find-stack.ts';
import { LOCAL_STATE_DIR, localStateDir } from '../../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { synthesizeTemplate } from '../../cli/synth.ts';
import { type ActualCost, actualCost, renderActual } from './actual.ts';
import { remarksOn, turnsFor } from './advice.ts';
import { billOf } from './bill.ts';
import { measuredRows, readMeasured } from './measured.ts';
import { render } from './output.ts';
import { PRICED_REGION, PRICES, PRICES_AS_OF } from './prices.ts';
import { readDesign, remarkOnUnpriced } from './template.ts';
import type { Fleet } from './traffic.ts';
import { waysIn } from './ways-in.ts';

export interface CostIo extends Io {
  /** What AWS has billed for a stack: it charges for the question. */
  actual(stackName: string): Promise<ActualCost>;
  synthesize: typeof synthesizeTemplate;
}

interface Flags extends StackChoice {
  actual?: true;
  devices: number;
  interval: number;
  devicesPerSite: number;
  readingBytes: number;
  unpacked?: true;
  region: string;
  set: Record<string, string>;
  dir?: string;
  json?: true;
}

/** The detector sends a metric only when it is not zero, except for these (services/detector/telemetry.ts). */
const STEADY_METRICS = ['Readings', 'BatchAge'] as const;
export const OWN_METRICS = {
  steady: STEADY_METRICS.length,
  rare: Object.keys(DETECTOR_METRICS).length - STEADY_METRICS.length,
};

export function runCost(argv: string[], io: CostIo): Promise<number> {
  const command = new Command('npm run cost --')
    .usage('--devices N --interval S [--unpacked] [-c NAME=VALUE]')
    .description('Work out the monthly AWS bill of the template for a fleet.')
    .option('--devices <n>', 'devices in the fleet', wholeNumber(1, 100_000_000))
    .option('--interval <seconds>', 'time between two readings of a device', seconds)
    .option(
      '--devices-per-site <n>',
      'devices that one gateway packs together',
      wholeNumber(1, 1_000_000),
      100,
    )
    .option('--reading-bytes <n>', 'size of a reading as JSON', wholeNumber(50, 4096), 220)
    .option('--unpacked', 'one reading per record')
    .option('-c, --set <name=value>', 'a setting, as at deployment (repeatable)', addSetting, {})
    .addOption(new Option('--region <region>', 'where').choices([PRICED_REGION]).default(PRICED_REGION))
    .option('--env <name>', 'with the settings of this environment (infra/environments)', environment)
    .option('--dir <dir>', `state folder whose last session is shown too (default: ${LOCAL_STATE_DIR})`)
    .option('--actual', 'what AWS has billed for the stack, instead: each request costs $0.01')
    .option('--stack <name>', 'the stack for --actual')
    .option('--json', 'the bill as JSON on stdout')
    .addHelpText('after', `\nList prices of ${PRICES_AS_OF}. Other regions cost up to half as much again.`);
  return runCommandLine(command, argv, io, (flags: Flags) => {
    if (flags.actual) return showActual(flags, io);
    for (const needed of ['devices', 'interval'] as const) {
      const option = command.options.find((each) => each.attributeName() === needed);
      if (flags[needed] === undefined)
        command.error(`error: required option '${option?.flags}' not specified`);
    }
    return cost(flags, io);
  });
}

async function showActual(flags: Flags, io: CostIo): Promise<void> {
  const actual = await io.actual(targetStack(flags).stackName);
  io.stdout(flags.json ? `${JSON.stringify(actual)}\n` : renderActual(actual));
}

async function askCostExplorer(stackName: string): Promise<ActualCost> {
  const { CostExplorerClient } = await import('@aws-sdk/client-cost-explorer');
  // It has one address for all regions.
  const client = new CostExplorerClient({ ...PATIENCE, region: 'us-east-1', maxAttempts: 2 });
  try {
    return await actualCost(client, stackName, new Date());
  } finally {
    client.destroy();
  }
}

async function cost(flags: Flags, io: CostIo): Promise<void> {
  const template = await io.synthesize(
    flags.env === undefined ? flags.set : { ...flags.set, env: flags.env },
  );
  const design = readDesign(template, OWN_METRICS);
  const fleet: Fleet = {
    devices: flags.devices,
    intervalSeconds: flags.interval,
    devicesPerSite: flags.devicesPerSite,
    packed: !flags.unpacked,
    readingBytes: flags.readingBytes,
  };
  const bill = billOf(design, fleet);
  const other = billOf(design, { ...fleet, packed: !fleet.packed });
  const turns = turnsFor(design, bill);
  const remarks = [...remarksOn(design, bill), ...remarkOnUnpriced(template)];
  const ways = waysIn(bill.traffic, Math.ceil(fleet.devices / fleet.devicesPerSite));
  const session = readMeasured(flags.dir ?? localStateDir(flags.env));
  const measured = session && {
    rows: measuredRows(session),
    readings: session.readings,
    endedAt: session.ended_at,
  };
  if (flags.json) {
    const prices = { as_of: PRICES_AS_OF, region: PRICED_REGION, list: PRICES };
    io.stdout(`${JSON.stringify({ ...bill, other, turns, remarks, ways, measured, design, prices })}\n`);
    return;
  }
  io.stdout(render({ bill, other, turns, remarks, ways, measured }));
}

function seconds(text: string): number {
  const value = Number(text.replace(/s$/, ''));
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected seconds, such as 5.');
}

await runAsProgram(import.meta.url, (argv, io) =>
  runCost(argv, { ...io, synthesize: synthesizeTemplate, actual: askCostExplorer }),
);

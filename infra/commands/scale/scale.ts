/** `npm run scale`: where a fleet of some size meets the first limit, and what it costs. docs/scale.md explains it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { addSetting, positiveNumber, share, wholeNumber } from '../../cli/arguments.ts';
import { withParts } from '../../cli/generated.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { synthesizeTemplate } from '../../cli/synth.ts';
import { OWN_METRICS } from '../cost/cost.ts';
import { type Design, readDesign } from '../cost/template.ts';
import { OWN_LIMITS } from './limits.ts';
import type { Scale } from './loads.ts';
import { scanLimitOf } from './scan-limit.ts';
import { sizeOf } from './sizes.ts';
import { tablesOf } from './tables.ts';

export interface ScaleIo extends Io {
  synthesize: typeof synthesizeTemplate;
}

export interface ScaleFlags {
  devices: number[];
  interval: number;
  devicesPerSite: number;
  readingBytes: number;
  breaching: number;
  shards?: number;
  set: Record<string, string>;
  json?: true;
  write?: true;
}

export const PAGE = resolve(import.meta.dirname, '../../../docs/scale.md');

const SIZES = [100, 1000, 10_000, 100_000, 1_000_000];

export function runScale(argv: string[], io: ScaleIo): Promise<number> {
  const command = new Command('npm run scale --')
    .description(
      'Plays fleets of several sizes against the limits of AWS: the first bottleneck, and the bill.',
    )
    .option('--devices <n...>', `sizes of the fleet (default: ${SIZES.join(' ')})`, gatherDevices)
    .option('--interval <seconds>', 'time between two readings of a device', positiveNumber, 5)
    .option('--devices-per-site <n>', 'devices behind one gateway', wholeNumber(1, 1_000_000), 100)
    .option('--reading-bytes <n>', 'size of a reading as JSON', wholeNumber(50, 4096), 220)
    .option('--breaching <share>', 'share of the devices in an incident, at any time', share, 0.001)
    .option(
      '--shards <n>',
      'shards of the stream (default: as in the template)',
      wholeNumber(1, OWN_LIMITS.shards),
    )
    .option('-c, --set <name=value>', 'a setting, as at deployment (repeatable)', addSetting, {})
    .option('--json', 'everything as JSON on stdout')
    .option('--write', 'write the tables into docs/scale.md');
  return runCommandLine(command, argv, io, (flags: ScaleFlags) =>
    scale({ ...flags, devices: flags.devices ?? SIZES }, io),
  );
}

const gatherDevices = (text: string, others: number[] = []): number[] => [
  ...others,
  wholeNumber(1, 100_000_000)(text),
];

async function scale(flags: ScaleFlags, io: ScaleIo): Promise<void> {
  const template = await io.synthesize(flags.set);
  const sizes = scalesOf(template, flags).map(sizeOf);
  if (flags.json) return io.stdout(`${JSON.stringify(sizes)}\n`);
  const [{ scale: first } = unreachable()] = sizes;
  const parts = tablesOf(sizes, first);
  if (!flags.write) return io.stdout(`${Object.values(parts).join('\n\n')}\n`);
  writeFileSync(PAGE, withParts(readFileSync(PAGE, 'utf8'), parts));
}

function unreachable(): never {
  throw new Error('Expected a size');
}

/** One for each size. */
export function scalesOf(template: unknown, flags: Omit<ScaleFlags, 'set'>): Scale[] {
  const design = withShards(readDesign(template, OWN_METRICS), flags.shards);
  return flags.devices.map((devices) => ({
    ...{ design, breaching: flags.breaching, scanLimitBytes: scanLimitOf(template) },
    fleet: {
      ...{
        devices,
        intervalSeconds: flags.interval,
        devicesPerSite: Math.min(devices, flags.devicesPerSite),
      },
      ...{ packed: true, readingBytes: flags.readingBytes },
    },
  }));
}

function withShards(design: Design, shards: number | undefined): Design {
  if (shards === undefined) return design;
  const { retentionHours } = design.stream;
  return { ...design, stream: { mode: 'provisioned', shards, retentionHours } };
}

await runAsProgram(import.meta.url, (argv, io) => runScale(argv, { ...io, synthesize: synthesizeTemplate }));

/** The simulator's command line: what can be said, and what it means. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { LOCAL_STATE_DIR } from '../../infra/cli/outputs.ts';
import type { Metric } from '../../services/contract/reading.ts';
import { ANOMALY_KINDS, type AnomalyKind } from '../../services/contract/truth.ts';
import { highestRate } from '../anomaly.ts';
import type { Injection } from '../fleet.ts';
import { multiplyPlans, type PacePlan } from '../pace.ts';
import { FAULTS, type FaultRates } from '../transport.ts';
import * as parse from './arguments.ts';

/** Below this, timestamps of a device could meet in the same millisecond. */
const MIN_INTERVAL_MS = 10;

export interface ReplayOptions {
  file: string;
  column: string;
  metric: Metric;
  speed: number;
}

/** What a run is to do, checked. */
export interface SimulationOptions {
  /** `-` is stdout. Without, readings go to the stream of the outputs file. */
  out: string | undefined;
  local: boolean;
  dir: string;
  json: boolean;
  seed: number;
  devices: number;
  devicesPerSite: number | undefined;
  intervalMs: number;
  pace: PacePlan | undefined;
  durationMs: number | undefined;
  count: number | undefined;
  anomalyRate: number;
  anomalyKinds: readonly AnomalyKind[];
  injections: readonly Injection[];
  faults: FaultRates | undefined;
  truth: string | undefined;
  sendLog: string | undefined;
  replay: ReplayOptions | undefined;
}

/** Flags as commander hands them over, after the parsers. */
interface Flags extends FaultRates {
  out?: string;
  local: boolean;
  dir: string;
  json: boolean;
  seed: number;
  devices: number;
  devicesPerSite?: number;
  interval: number;
  rate?: number;
  ramp?: PacePlan;
  burst?: ReturnType<typeof parse.burst>;
  duration?: number;
  count?: number;
  anomalyRate: number;
  anomalies: AnomalyKind[];
  inject: parse.InjectionSpec[];
  truth?: string;
  sendLog?: string;
  replay?: string;
  column: string;
  metric: Metric;
  speed: number;
}

const FLEET_ONLY = [
  'devices',
  'devicesPerSite',
  'interval',
  'rate',
  'ramp',
  'burst',
  'anomalyRate',
  'inject',
  'truth',
];

function command(): Command {
  const faultRate = (flags: string, text: string) =>
    new Option(`${flags} <share>`, text).argParser(parse.share).default(0).helpGroup('Transport faults:');
  const option = (group: string, flags: string, text: string) =>
    new Option(flags, text).helpGroup(`${group}:`);
  return new Command('simulate')
    .description('Simulate a fleet of sensors, or replay a recorded series, into the telemetry stream.')
    .exitOverride()
    .addOption(
      option('Where to', '--local', 'send to the local runtime (npm start) instead of AWS').default(false),
    )
    .addOption(option('Where to', '--dir <dir>', "the local runtime's state folder").default(LOCAL_STATE_DIR))
    .addOption(
      option('Where to', '--out <file>', 'write NDJSON to a file, or to stdout with -').conflicts('local'),
    )
    .addOption(
      option('Fleet', '--devices <n>', 'number of devices')
        .argParser(parse.integer(1, 1_000_000))
        .default(20),
    )
    .addOption(
      option('Fleet', '--devices-per-site <n>', 'devices behind each gateway (4, 8, 16 … 100)').argParser(
        parse.integer(1, 1_000_000),
      ),
    )
    .addOption(
      option('Fleet', '--seed <n>', 'same seed, same fleet and values')
        .argParser(parse.integer(0, 0xffff_ffff))
        .default(1),
    )
    .addOption(
      option('Pace', '--interval <duration>', 'time between two readings of a device')
        .argParser(parse.duration)
        .default(1000, '1s'),
    )
    .addOption(
      option('Pace', '--rate <n>', 'readings per second of the whole fleet')
        .argParser(parse.positiveNumber)
        .conflicts('interval'),
    )
    .addOption(
      option('Pace', '--ramp <steps>', 'rise to the full rate: 10,25,50,100%:30s').argParser(parse.ramp),
    )
    .addOption(option('Pace', '--burst <burst>', 'faster now and then: 5x:10s/60s').argParser(parse.burst))
    .addOption(option('Pace', '--duration <duration>', 'stop after this time').argParser(parse.duration))
    .addOption(
      option('Pace', '--count <n>', 'stop after this many readings').argParser(
        parse.integer(1, Number.MAX_SAFE_INTEGER),
      ),
    )
    .addOption(
      option('Anomalies', '--anomaly-rate <share>', 'expected share of device-time inside an anomaly')
        .argParser(parse.share)
        .default(0),
    )
    .addOption(
      option('Anomalies', '--anomalies <kinds>', 'which kinds, with commas between')
        .argParser(parse.anomalyKinds)
        .default([...ANOMALY_KINDS], ANOMALY_KINDS.join(',')),
    )
    .addOption(
      option('Anomalies', '--inject <anomaly>', 'one by name: spike@dev-3:temperature+20s/15s (repeatable)')
        .argParser((text, list: parse.InjectionSpec[]) => [...list, parse.injection(text)])
        .default([], 'none'),
    )
    .addOption(option('Anomalies', '--truth <file>', 'write what was anomalous as NDJSON, for npm run score'))
    .addOption(faultRate('--late', 'share of readings sent 5 to 30 polls late'))
    .addOption(faultRate('--duplicate', 'share sent twice'))
    .addOption(faultRate('--reorder', "share sent after the device's next reading"))
    .addOption(faultRate('--clock-skew', 'share dated 6 to 90 minutes wrong'))
    .addOption(faultRate('--malformed', 'share broken on the way'))
    .addOption(
      option(
        'Replay',
        '--replay <file>',
        'send a recorded series from a CSV file instead of a fleet',
      ).conflicts([...FLEET_ONLY]),
    )
    .addOption(option('Replay', '--column <name>', 'its column of values').default('value'))
    .addOption(
      option('Replay', '--metric <metric>', 'the metric they are')
        .argParser(parse.metric)
        .default('temperature'),
    )
    .addOption(
      option('Replay', '--speed <factor>', 'how much faster than recorded')
        .argParser(parse.factor)
        .default(1, '1x'),
    )
    .addOption(option('Reports', '--json', 'the final report as JSON on stdout').default(false))
    .addOption(
      option('Reports', '--send-log <file>', 'write the fate of every record as NDJSON').conflicts('out'),
    );
}

/**
 * Options of a command line without the program's name.
 * @throws CommanderError whose message has been printed, code 0 for `--help`
 */
export function parseOptions(argv: readonly string[]): SimulationOptions {
  const program = command();
  program.parse(argv, { from: 'user' });
  const flags = program.opts<Flags>();
  try {
    return check(flags, program);
  } catch (error) {
    if (error instanceof InvalidArgumentError) program.error(`error: ${error.message}`);
    throw error;
  }
}

export { CommanderError };

function check(flags: Flags, program: Command): SimulationOptions {
  const { out, json, anomalyRate, anomalies, replay } = flags;
  if (out === '-' && json)
    throw new InvalidArgumentError('--json and --out - both want stdout. Use --out FILE.');
  const highest = highestRate(anomalies);
  if (anomalyRate > highest) {
    throw new InvalidArgumentError(
      `--anomaly-rate: Expected at most ${highest.toFixed(2)} for these kinds, got ${anomalyRate}.`,
    );
  }
  const faults = Object.fromEntries(FAULTS.map((fault) => [fault, flags[fault]])) as FaultRates;
  const faulty = FAULTS.reduce((sum, fault) => sum + faults[fault], 0);
  if (faulty > 1)
    throw new InvalidArgumentError(`The rates of transport faults add up to ${faulty}; expected at most 1.`);
  const intervalMs = flags.rate === undefined ? flags.interval : (flags.devices / flags.rate) * 1000;
  if (intervalMs / (flags.burst?.factor ?? 1) < MIN_INTERVAL_MS) {
    throw new InvalidArgumentError(
      `A device would read more often than every ${MIN_INTERVAL_MS} ms. Use more devices, or a lower rate.`,
    );
  }
  for (const name of ['column', 'metric', 'speed']) {
    if (replay === undefined && program.getOptionValueSource(name) === 'cli') {
      throw new InvalidArgumentError(`--${name} belongs to --replay.`);
    }
  }
  return {
    out,
    local: flags.local,
    dir: flags.dir,
    json,
    seed: flags.seed,
    devices: flags.devices,
    devicesPerSite: flags.devicesPerSite,
    intervalMs,
    pace: combine(flags.ramp, flags.burst?.plan),
    durationMs: flags.duration,
    count: flags.count,
    anomalyRate,
    anomalyKinds: anomalies,
    injections: flags.inject.map((spec) => parse.placeInjection(spec, flags.devices)),
    faults: faulty > 0 ? faults : undefined,
    truth: flags.truth,
    sendLog: flags.sendLog,
    replay:
      replay === undefined
        ? undefined
        : { file: replay, column: flags.column, metric: flags.metric, speed: flags.speed },
  };
}

const combine = (ramp: PacePlan | undefined, burst: PacePlan | undefined): PacePlan | undefined =>
  ramp && burst ? multiplyPlans(ramp, burst) : (ramp ?? burst);

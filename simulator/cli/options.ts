/** The simulator's command line: each option once, and what they mean together. */
import { Command, Option } from 'commander';
import { positiveDuration, positiveNumber, share, wholeNumber } from '../../infra/cli/arguments.ts';
import { LOCAL_STATE_DIR } from '../../infra/cli/outputs.ts';
import { UserError } from '../../infra/cli/user-error.ts';
import { formatDuration } from '../../services/contract/duration.ts';
import { ANOMALY_KINDS, highestRate } from '../anomaly.ts';
import { multiplyPlans, type PacePlan } from '../pace.ts';
import { DEFAULT_RETRY_MS } from '../sink/put-records.ts';
import { FAULTS, type FaultRates } from '../transport.ts';
import * as parse from './arguments.ts';
import { type InjectionSpec, injection, placeInjections } from './injections.ts';

/** Below this, timestamps of a device could meet in the same millisecond. */
const MIN_INTERVAL_MS = 10;

interface Spec {
  /** Heading in the help. */
  group: string;
  /** The value as the help writes it, such as `<n>`; a flag has none. */
  value?: string;
  text: string;
  /** From the value's text; without it, the text is taken as it is. */
  parse?(text: string, previous: never): unknown;
  default?: unknown;
  /** The default as the help writes it, where that is not its JSON. */
  shown?: string;
  conflicts?: readonly string[];
}

const FLEET_ONLY = [
  ...['devices', 'devicesPerSite', 'interval', 'rate', 'ramp', 'burst'],
  ...['anomalyRate', 'inject', 'truth'],
];

const faultRate = (text: string) =>
  ({ group: 'Transport faults', value: '<share>', text, parse: share, default: 0 }) as const;

/** By the name in code: `devicesPerSite` is `--devices-per-site`. */
const OPTIONS = {
  local: {
    group: 'Where to',
    text: 'send to the local runtime (npm start) instead of AWS',
    default: false,
  },
  dir: {
    group: 'Where to',
    value: '<dir>',
    text: "the local runtime's state folder",
    default: LOCAL_STATE_DIR,
  },
  out: {
    group: 'Where to',
    value: '<file>',
    text: 'write NDJSON to a file, or to stdout with -',
    conflicts: ['local'],
  },
  retryFor: {
    group: 'Where to',
    value: '<duration>',
    text: 'go on for so long while the stream is away',
    parse: positiveDuration,
    default: DEFAULT_RETRY_MS,
    shown: formatDuration(DEFAULT_RETRY_MS),
    conflicts: ['out'],
  },
  devices: {
    group: 'Fleet',
    value: '<n>',
    text: 'number of devices',
    parse: wholeNumber(1, 1_000_000),
    default: 20,
  },
  devicesPerSite: {
    group: 'Fleet',
    value: '<n>',
    text: 'devices behind each gateway (4, 8, 16 … 100)',
    parse: wholeNumber(1, 1_000_000),
  },
  seed: {
    group: 'Fleet',
    value: '<n>',
    text: 'same seed, same fleet and values',
    parse: wholeNumber(0, 0xffff_ffff),
    default: 1,
  },
  interval: {
    group: 'Pace',
    value: '<duration>',
    text: 'time between two readings of a device',
    parse: positiveDuration,
    default: 1000,
    shown: '1s',
  },
  rate: {
    group: 'Pace',
    value: '<n>',
    text: 'readings per second of the whole fleet',
    parse: positiveNumber,
    conflicts: ['interval'],
  },
  ramp: {
    group: 'Pace',
    value: '<steps>',
    text: 'rise to the full rate: 10,25,50,100%:30s',
    parse: parse.ramp,
  },
  burst: { group: 'Pace', value: '<burst>', text: 'faster now and then: 5x:10s/60s', parse: parse.burst },
  duration: { group: 'Pace', value: '<duration>', text: 'stop after this time', parse: positiveDuration },
  count: { group: 'Pace', value: '<n>', text: 'stop after this many readings', parse: wholeNumber(1) },
  anomalyRate: {
    group: 'Anomalies',
    value: '<share>',
    text: 'expected share of device-time inside an anomaly',
    parse: share,
    default: 0,
  },
  anomalies: {
    group: 'Anomalies',
    value: '<kinds>',
    text: 'which kinds, with commas between',
    parse: parse.anomalyKinds,
    default: ANOMALY_KINDS,
    shown: ANOMALY_KINDS.join(','),
  },
  inject: {
    group: 'Anomalies',
    value: '<anomaly>',
    text: 'one by name: spike@dev-3:temperature+20s/15s (repeatable)',
    parse: (text: string, others: readonly InjectionSpec[]) => [...others, injection(text)],
    default: [],
    shown: 'none',
  },
  truth: {
    group: 'Anomalies',
    value: '<file>',
    text: 'write what was anomalous as NDJSON, for npm run score',
  },
  late: faultRate('share of readings sent 5 to 30 polls late'),
  duplicate: faultRate('share sent twice'),
  reorder: faultRate("share sent after the device's next reading"),
  clockSkew: faultRate('share dated 6 to 90 minutes wrong'),
  malformed: faultRate('share broken on the way'),
  replay: {
    group: 'Replay',
    value: '<file>',
    text: 'send a recorded series from a CSV file instead of a fleet',
    conflicts: FLEET_ONLY,
  },
  column: { group: 'Replay', value: '<name>', text: 'its column of values', default: 'value' },
  metric: {
    group: 'Replay',
    value: '<metric>',
    text: 'the metric they are',
    parse: parse.metric,
    default: 'temperature',
  },
  speed: {
    group: 'Replay',
    value: '<factor>',
    text: 'how much faster than recorded',
    parse: parse.factor,
    default: 1,
    shown: '1x',
  },
  json: { group: 'Reports', text: 'the final report as JSON on stdout', default: false },
  sendLog: {
    group: 'Reports',
    value: '<file>',
    text: 'write the fate of every record as NDJSON',
    conflicts: ['out'],
  },
} as const satisfies Record<string, Spec>;

type Value<S extends Spec> = S extends { parse(text: string, previous: never): infer T }
  ? T
  : S extends { value: string }
    ? string
    : boolean;

/** What commander hands over, after the parsers. */
export type Flags = {
  [K in keyof typeof OPTIONS]:
    | Value<(typeof OPTIONS)[K]>
    | ((typeof OPTIONS)[K] extends { default: unknown } ? never : undefined);
};

export function simulateCommand(): Command {
  const command = new Command('simulate').description(
    'Simulate a fleet of sensors, or replay a recorded series, into the telemetry stream.',
  );
  for (const [name, spec] of Object.entries<Spec>(OPTIONS)) command.addOption(toOption(name, spec));
  return command;
}

function toOption(name: string, spec: Spec): Option {
  const words = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const option = new Option([`--${words}`, spec.value ?? ''].join(' ').trim(), spec.text)
    .helpGroup(`${spec.group}:`)
    .conflicts([...(spec.conflicts ?? [])]);
  if (spec.parse) option.argParser(spec.parse as (text: string, previous: unknown) => unknown);
  return spec.default === undefined ? option : option.default(spec.default, spec.shown);
}

export type SimulationOptions = ReturnType<typeof checkOptions>;
export type ReplayOptions = NonNullable<SimulationOptions['replay']>;

/**
 * What a run is to do.
 * @param command knows which flags were typed
 * @throws UserError, a misuse, for what does not go together
 */
export function checkOptions(flags: Flags, command: Command) {
  const { interval, rate, ramp, burst, replay: file, column, metric, speed, ...rest } = flags;
  for (const name of ['column', 'metric', 'speed']) {
    if (file === undefined && command.getOptionValueSource(name) === 'cli') {
      throw UserError.misuse(`--${name} belongs to --replay.`);
    }
  }
  if (flags.out === '-' && flags.json) {
    throw UserError.misuse('--json and --out - both want stdout. Use --out FILE.');
  }
  const intervalMs = intervalOf(flags);
  const pace = combine(ramp, burst?.plan);
  return {
    ...rest,
    intervalMs,
    pace,
    durationMs: flags.duration,
    anomalyRate: anomalyRateOf(flags),
    anomalyKinds: flags.anomalies,
    injections: placeInjections(flags.inject, { ...flags, intervalMs, pace }),
    faults: faultsOf(flags),
    replay: file === undefined ? undefined : { file, column, metric, speed },
  };
}

function anomalyRateOf({ anomalyRate, anomalies }: Flags): number {
  const highest = highestRate(anomalies);
  if (anomalyRate <= highest) return anomalyRate;
  throw UserError.misuse(
    `--anomaly-rate: Expected at most ${Math.floor(highest * 100) / 100} for these kinds, got ${anomalyRate}.`,
  );
}

function faultsOf(flags: Flags): FaultRates | undefined {
  // To nine digits: 0.1 + 0.2 + 0.3 + 0.3 + 0.1 is a little more than 1.
  const total = Number(FAULTS.reduce((sum, fault) => sum + flags[fault], 0).toFixed(9));
  if (total > 1) {
    throw UserError.misuse(`The rates of transport faults add up to ${total}; expected at most 1.`);
  }
  const rates = Object.fromEntries(FAULTS.map((fault) => [fault, flags[fault]])) as FaultRates;
  return total > 0 ? rates : undefined;
}

function intervalOf({ rate, interval, devices, burst }: Flags): number {
  const intervalMs = rate === undefined ? interval : (devices / rate) * 1000;
  if (intervalMs / (burst?.factor ?? 1) >= MIN_INTERVAL_MS) return intervalMs;
  throw UserError.misuse(
    `A device would read more often than every ${MIN_INTERVAL_MS} ms. Use more devices, or a lower rate.`,
  );
}

const combine = (ramp: PacePlan | undefined, burst: PacePlan | undefined): PacePlan | undefined =>
  ramp && burst ? multiplyPlans(ramp, burst) : (ramp ?? burst);

/** The options of `npm run simulate`, each defined once. */
import { Command, Option } from 'commander';
import {
  environment,
  flagOf,
  positiveDuration,
  positiveNumber,
  share,
  wholeNumber,
} from '../../infra/cli/arguments.ts';
import { STACK_VARIABLE } from '../../infra/cli/find-stack.ts';
import { LOCAL_STATE_DIR } from '../../infra/cli/outputs.ts';
import { SERIES_OPTIONS } from '../../infra/cli/series/options.ts';
import { formatDuration } from '../../services/contract/duration.ts';
import { DEFAULT_SEED } from '../../services/contract/fleet-ids.ts';
import { MIXED_ANOMALIES } from '../anomaly.ts';
import { DEFAULT_RETRY_MS } from '../sink/put-records.ts';
import * as parse from './arguments.ts';

interface Spec {
  text: string;
  /** The value as the help writes it, such as `<n>`; a flag has none. */
  value?: string;
  /** Parses the value; without it, the value is its text. */
  parse?(text: string, previous: never): unknown;
  default?: unknown;
  /** The default as the help writes it, where that is not its JSON. */
  shown?: string;
  conflicts?: readonly string[];
}
/** By the name in code: `devicesPerSite` is `--devices-per-site`. */
type Specs = Record<string, Spec>;

const number = wholeNumber(1, 1_000_000);

const TARGET = {
  local: { text: 'send to the local runtime (npm start) instead of AWS', default: false },
  dir: { value: '<dir>', text: `the local runtime's state folder (default: ${LOCAL_STATE_DIR})` },
  stack: {
    ...{ value: '<name>', text: `the deployed stack (default: ${STACK_VARIABLE}, or the only one)` },
    conflicts: ['local', 'out'],
  },
  env: {
    ...{ value: '<name>', text: 'the environment: the stack Streamwatch-NAME, or its local runtime' },
    ...{ parse: environment, conflicts: ['out'] },
  },
  out: { value: '<file>', text: 'write NDJSON to a file, or to stdout with -', conflicts: ['local'] },
  gateway: {
    ...{ value: '<url>', text: 'send to the gateway of a site, which names the site (repeatable)' },
    ...{ parse: parse.addAddress, default: [], shown: 'none' },
    conflicts: ['local', 'out', 'replay', 'devicesPerSite', 'sendLog'],
  },
  retryFor: {
    ...{ value: '<duration>', text: 'go on for so long while the stream is away', parse: positiveDuration },
    ...{ default: DEFAULT_RETRY_MS, shown: formatDuration(DEFAULT_RETRY_MS), conflicts: ['out'] },
  },
} as const satisfies Specs;

const FLEET = {
  devices: { value: '<n>', text: 'number of devices', parse: number, default: 20 },
  devicesPerSite: { value: '<n>', text: 'devices behind each gateway (4, 8, 16 … 100)', parse: number },
  seed: {
    ...{ value: '<n>', text: 'same seed, same names and values; of seed 2: dev-2-1, dev-2-2 …' },
    ...{ parse: wholeNumber(0, 0xffff_ffff), default: DEFAULT_SEED },
  },
  resolution: {
    ...{ value: '<steps>', text: 'coarse sensors: temperature:0.5,ram:1,hd:1', parse: parse.resolution },
  },
} as const satisfies Specs;

const PACE = {
  interval: {
    ...{ value: '<duration>', text: 'time between two readings of a device' },
    ...{ parse: positiveDuration, default: 1000, shown: '1s' },
  },
  rate: {
    ...{ value: '<n>', text: 'readings per second of the whole fleet' },
    ...{ parse: positiveNumber, conflicts: ['interval'] },
  },
  ramp: { value: '<steps>', text: 'rise to the full rate: 10,25,50,100%:30s', parse: parse.ramp },
  burst: { value: '<burst>', text: 'faster now and then: 5x:10s/60s', parse: parse.burst },
  duration: { value: '<duration>', text: 'stop after this time', parse: positiveDuration },
  count: { value: '<n>', text: 'stop after this many readings', parse: wholeNumber(1) },
  fast: { text: 'as fast as it can be written (with --out): hours in seconds', default: false },
  start: {
    value: '<time>',
    text: 'when the readings of --fast begin (default: so that they end now)',
    parse: parse.time,
  },
} as const satisfies Specs;

const ANOMALIES = {
  anomalyRate: {
    ...{ value: '<share>', text: 'expected share of device-time inside an anomaly' },
    ...{ parse: share, default: 0 },
  },
  anomalies: {
    ...{ value: '<kinds>', text: 'which kinds, with commas between' },
    ...{ parse: parse.anomalyKinds, default: MIXED_ANOMALIES, shown: MIXED_ANOMALIES.join(',') },
  },
  inject: {
    ...{
      value: '<anomaly>',
      text: 'one by name: spike@dev-3:temperature+20s/15s, outage@SITE+1h/20m (repeatable)',
    },
    ...{ parse: parse.addInjection, default: [], shown: 'none' },
  },
  truth: { value: '<file>', text: 'write what was anomalous as NDJSON, for npm run score' },
} as const satisfies Specs;

const rate = (text: string) => ({ value: '<share>', text, parse: share, default: 0 });
const FAULT_RATES = {
  late: rate('share of readings sent 5 to 30 polls late'),
  duplicate: rate('share sent twice'),
  reorder: rate("share sent after the device's next reading"),
  clockSkew: rate('share dated 6 to 90 minutes wrong'),
  malformed: rate('share broken on the way'),
} as const satisfies Specs;

const FLEET_ONLY = [
  ...['devices', 'devicesPerSite', 'resolution', 'interval', 'rate', 'ramp', 'burst'],
  ...['anomalyRate', 'inject', 'truth'],
];
const REPLAY = {
  replay: {
    ...{ value: '<file>', text: 'send a recorded series from a CSV file instead of a fleet' },
    conflicts: FLEET_ONLY,
  },
  ...SERIES_OPTIONS,
  metric: {
    value: '<metric>',
    text: 'the metric its values are',
    parse: parse.metric,
    default: 'temperature',
  },
  speed: {
    ...{ value: '<factor>', text: 'how much faster than recorded' },
    ...{ parse: parse.factor, default: 1, shown: '1x' },
  },
} as const satisfies Specs;

const REPORTS = {
  json: { text: 'the final report as JSON on stdout', default: false },
  sendLog: { value: '<file>', text: 'write the fate of every record as NDJSON', conflicts: ['out'] },
} as const satisfies Specs;

/** By their headings in the help. */
const GROUPS: Record<string, Specs> = {
  'Where to:': TARGET,
  'Fleet:': FLEET,
  'Pace:': PACE,
  'Anomalies:': ANOMALIES,
  'Transport faults:': FAULT_RATES,
  'Replay:': REPLAY,
  'Reports:': REPORTS,
};
type Options = typeof TARGET &
  typeof FLEET &
  typeof PACE &
  typeof ANOMALIES &
  typeof FAULT_RATES &
  typeof REPLAY &
  typeof REPORTS;

type Value<S extends Spec> = S extends { parse(text: string, previous: never): infer T }
  ? T
  : S extends { value: string }
    ? string
    : boolean;

/** The values from commander, after the parsers. */
export type Flags = {
  [K in keyof Options]: Value<Options[K]> | (Options[K] extends { default: unknown } ? never : undefined);
};

export function simulateCommand(): Command {
  const command = new Command('npm run simulate --').description(
    'Simulate a fleet of sensors, or replay a recorded series, into the telemetry stream.',
  );
  for (const [group, specs] of Object.entries(GROUPS)) {
    for (const [name, spec] of Object.entries(specs))
      command.addOption(toOption(name, spec).helpGroup(group));
  }
  return command;
}

function toOption(name: string, spec: Spec): Option {
  const option = new Option(`${flagOf(name)} ${spec.value ?? ''}`.trim(), spec.text);
  option.conflicts([...(spec.conflicts ?? [])]);
  if (spec.parse) option.argParser(spec.parse as (text: string, previous: unknown) => unknown);
  return spec.default === undefined ? option : option.default(spec.default, spec.shown);
}

/**
 * Every deploy setting (*knob*), with its unit, default and check. They come from CDK context, `-c shards=2`, or from the
 * file of an environment.
 */
import { didYouMean, UserError } from '../../cli/user-error.ts';
import { choice, emails, type Knob, link, wholeNumber } from './knobs.ts';

/** The retentions that CloudWatch Logs accepts, in days. */
const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653];

export const KNOBS = {
  alertEmail: emails('Addresses, comma-separated, that get an e-mail per incident'),
  operationsEmail: emails('Addresses, comma-separated, that get the alarms about the pipeline itself'),
  runbookUrl: link('those at the git remote', 'Where the runbooks are: every alarm links there'),

  streamMode: choice(['provisioned', 'on-demand'], 'provisioned', 'How the stream is scaled and billed', {
    'on-demand': 'the stream no longer scales by itself',
  }),
  shards: wholeNumber(
    { default: 1, min: 1, max: 500, unit: 'shards', lower: 'the stream takes less' },
    'Width of a provisioned stream',
  ),
  streamRetentionHours: wholeNumber(
    {
      ...{ default: 24, min: 24, max: 8760, unit: 'hours' },
      lower: 'the stream deletes what is older, read or not',
    },
    'How long the stream keeps a record: the time you have to repair a consumer',
  ),

  edge: choice(
    ['on', 'off'],
    'on',
    'Gateways of sites send with a certificate, without AWS credentials: costs nothing',
    { on: 'no gateway of a site may send any more' },
  ),
  edgeMqtt: choice(
    ['off', 'on'],
    'off',
    'Sites may publish over MQTT, with their certificate: about $0.016 per million packed readings',
    { on: 'no site may publish over MQTT any more' },
  ),
  edgeHttp: choice(
    ['off', 'on'],
    'off',
    'Sites without a gateway send to an HTTP API with a token: $3.50 per million requests',
    { on: 'the API, its address and all tokens are deleted' },
  ),

  channels: choice(
    ['on', 'off'],
    'on',
    'Alerts also go to Slack, Teams, PagerDuty and others (npm run channel): costs nothing without channels',
    { on: 'no channel is told any more' },
  ),

  batchSize: wholeNumber(
    { default: 100, min: 1, max: 10_000, unit: 'records' },
    'Records per invocation of the detector; each may carry up to 500 readings',
  ),
  batchWindowSeconds: wholeNumber(
    { default: 1, min: 0, max: 300, unit: 'seconds' },
    'How long a batch may wait to fill up',
  ),
  parallelizationFactor: wholeNumber(
    { default: 1, min: 1, max: 10, unit: 'batches' },
    'Batches per shard at the same time',
  ),
  enhancedFanOut: choice(
    ['off', 'on'],
    'off',
    'The stream pushes to the detector, at 2 MB/s of its own: $11 a month and shard, and $0.013 per GB',
  ),
  maxRetries: wholeNumber(
    { default: 100, min: 0, max: 10_000, unit: 'retries' },
    'How often a failed batch is retried before it goes to the failure bucket',
  ),
  maxRecordAgeSeconds: wholeNumber(
    { default: 0, min: 60, max: 604_800, unit: 'seconds', orZero: true },
    'Age at which a record is given up, to the failure bucket; 0 waits as long as the stream keeps it',
  ),

  modelPeriodMinutes: choice(
    [5, 10, 15, 20, 30, 60],
    20,
    'How often rules of kind unusual look at a device, in minutes: seldom costs less, and notices later',
  ),

  detectorMemoryMb: wholeNumber(
    { default: 512, min: 128, max: 10_240, unit: 'MB' },
    'Memory of the detector; its share of a processor grows with it',
  ),
  detectorTimeoutSeconds: wholeNumber(
    { default: 60, min: 1, max: 900, unit: 'seconds' },
    'Longest invocation of the detector',
  ),
  tracing: choice(
    ['off', 'on'],
    'off',
    "X-Ray traces of the detector's invocations: about $13 a month at one invocation a second",
  ),
  dashboard: choice(['on', 'off'], 'on', 'CloudWatch dashboard: $3 a month; three per account are free', {
    on: 'the dashboard is deleted',
  }),
  budgetUsd: wholeNumber(
    { default: 0, min: 0, max: 1_000_000, unit: 'USD a month' },
    'Operations are told when the bill of this stack will exceed it; 0 tells nobody. Costs nothing',
  ),
  logLevel: choice(['DEBUG', 'INFO', 'WARN', 'ERROR'], 'INFO', "The detector's log level"),
  logRetentionDays: choice(LOG_RETENTION_DAYS, 30, 'How long logs are kept, in days'),

  deliveryBufferMb: wholeNumber(
    { default: 128, min: 64, max: 128, unit: 'MB' },
    'Amount of data after which Firehose writes a file',
  ),
  deliveryBufferSeconds: wholeNumber(
    { default: 60, min: 60, max: 900, unit: 'seconds' },
    'Time after which Firehose writes a file: shorter means fresher data, longer means fewer files',
  ),
  extraFields: choice(
    ['off', 'on'],
    'off',
    'Keep fields that the contract does not know, as JSON in the column extra: costs a function call per megabyte',
    { on: 'fields that the contract does not know are no longer kept' },
  ),
  lakeRetentionDays: wholeNumber(
    {
      ...{ default: 0, min: 0, max: 36_500, unit: 'days', zeroIsForever: true },
      lower: 'what is older is deleted from the lake',
    },
    'Age at which readings, and lines that became no row, are deleted; 0 keeps them forever',
  ),
  queryScanLimitMb: wholeNumber(
    { default: 10_000, min: 10, max: 7_000_000, unit: 'MB' },
    'Athena stops a query that scans more; scanning the default costs about $0.05',
  ),
} as const satisfies Record<string, Knob<unknown>>;

type Knobs = typeof KNOBS;
export type Config = { -readonly [K in keyof Knobs]: ReturnType<Knobs[K]['parse']> };

/** CDK's own context keys: its feature flags, and what it has looked up in an account. */
const OF_CDK = /^@aws|^aws(?:-cdk)?:|=/;
/** Settings of other programs contain a character such as `-` or `:`. Ours are plain words. */
const PLAIN_WORD = /^\w+$/;
/** Letters of a short name. */
const SHORT_NAME = 4;

export const isKnob = (name: string): name is keyof Config => Object.hasOwn(KNOBS, name);

/**
 * Configuration from CDK context (`-c name=value`, or `context` in cdk.json), with defaults for the rest.
 * @param howToSet ends a message about a value
 * @throws UserError with one line per problem
 */
export function parseConfig(
  context: Record<string, unknown>,
  howToSet = (name: string, example: string) => `Set it with: -c ${name}=${example}`,
): Config {
  const problems = Object.keys(context)
    .filter((key) => !isKnob(key) && !OF_CDK.test(key))
    .flatMap((key) => unknownKnob(key) ?? []);
  const values = Object.entries<Knob<unknown>>(KNOBS).map(([name, knob]) => {
    try {
      return [name, knob.parse(context[name])];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(`${name}: ${error.message}. ${howToSet(name, knob.example)}`);
      return [name, undefined];
    }
  });
  if (context.streamMode === 'on-demand' && context.shards !== undefined) {
    problems.push('shards: an on-demand stream scales by itself. Leave out shards, or streamMode=on-demand');
  }
  if (context.edge === 'off' && context.edgeMqtt === 'on') {
    problems.push('edgeMqtt: it needs the certificates of edge=on. Leave out edge=off, or edgeMqtt=on');
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return Object.fromEntries(values) as Config;
}

/** What is wrong with a key; undefined if it clearly belongs to another program. */
export function unknownKnob(key: string): string | undefined {
  const names = Object.keys(KNOBS);
  const letters = key.replaceAll(/[^a-z0-9]/gi, '').toLowerCase();
  const words = key.toLowerCase().split(/[^a-z0-9]+/);
  // A short name stands in many a word: `edge` in `acknowledged`.
  const inside = names.filter((name) =>
    name.length > SHORT_NAME ? letters.includes(name.toLowerCase()) : words.includes(name.toLowerCase()),
  );
  const hint = inside.length > 0 ? `Did you mean ${inside.join(' or ')}?` : didYouMean(letters, names, '');
  if (hint === '' && !PLAIN_WORD.test(key)) return undefined;
  return `${key}: no such setting. ${hint || `The settings are: ${names.join(', ')}.`}`;
}

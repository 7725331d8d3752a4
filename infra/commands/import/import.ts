/** `npm run import -- FILE…`: recorded readings into the lake, by way of the stream, without alerts about the past. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { Command, Option } from 'commander';
import * as z from 'zod/mini';
import { METRICS, type Metric } from '../../../services/contract/reading.ts';
import { isZone } from '../../../services/contract/weekly.ts';
import { expected, oneOf, positiveNumber, setting } from '../../cli/arguments.ts';
import { awsProblem } from '../../cli/aws-problem.ts';
import { clientOptions } from '../../cli/client-options.ts';
import { stopSignal } from '../../cli/interrupt.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { DECIMAL_MARKS, type DecimalMark } from '../../cli/series/numbers.ts';
import { TIME_FORMATS, type TimeFormat } from '../../cli/series/time-forms.ts';
import { formatNumber, plural } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { type Mapped, mapRows } from './mapping.ts';
import { readTable } from './rows.ts';
import { type PutRecords, pack, sendPaced } from './send.ts';

export interface ImportIo extends Io {
  now(): number;
}

interface Flags extends StackFlags {
  device: string;
  site: string;
  time?: string;
  metric: Partial<Record<Metric, string>>;
  timeFormat?: TimeFormat;
  zone?: string;
  decimal?: DecimalMark;
  end?: 'now';
  rate: number;
}

const DEFAULT_RATE = 2000;

const zone = (name: string) => {
  if (isZone(name)) return name;
  throw expected('a zone such as Europe/Berlin', name);
};
/** Firehose's own limit is 500 open partitions; some are of the present. */
const DAYS_AT_ONCE = 400;
const BUFFER_MS = { local: 10_000, aws: 15 * 60_000 };

const NOTES = `
A column is given by its name, or as =TEXT for the same text in every row. A cell
that is empty (or NaN, null, unavailable) is a metric that is missing. Names get
hyphens for what an id may not have. Files may be gzipped; in JSON, a column may
lie inside: uplink_message.decoded_payload.temperature.

The detector leaves imported readings alone: nobody is mailed about the past.
They lie in the partitions of the days on which they were made. How far it came
is kept in FILE.import.json: a run that was stopped goes on from there.

Examples:
  npm run import -- cpu.csv --device =web-1 --metric cpu=value --end now --local
  npm run import -- history.csv --device entity_id --site =home \\
      --time last_changed --metric temperature=state
`;

/** @param signal ends it between two calls @returns 1 also where it did not come to the end */
export function runImport(argv: string[], io: ImportIo, signal: AbortSignal): Promise<number> {
  const metrics = (text: string, known: Flags['metric']) => {
    const [name, column] = setting(text);
    return { ...known, [oneOf(METRICS, name, 'a metric')]: column };
  };
  const command = addStackOptions(
    new Command('npm run import --')
      .description('Bring recorded readings into the lake: CSV with a header, or NDJSON.')
      .argument('<files...>', 'each with the same columns')
      .option('--device <column>', 'the device, or =NAME', 'device_id')
      .option('--site <column>', 'its site, or =NAME', 'site_id')
      .option('--time <column>', 'when it was made (default: timestamp, time, last_changed …)')
      .option('--metric <metric=column>', `a metric of ${METRICS.join(', ')}; repeatable`, metrics, {})
      .addOption(new Option('--time-format <format>', 'how times are written').choices(TIME_FORMATS))
      .option('--zone <zone>', 'of times that name none, such as Europe/Berlin (default: UTC)', zone)
      .addOption(new Option('--decimal <mark>', 'of numbers, where unclear').choices(DECIMAL_MARKS))
      .option('--end <when>', 'now: move all times so that the last is now', (text) => {
        if (text === 'now') return text;
        throw expected('now', text);
      })
      .option('--rate <number>', 'readings a second', positiveNumber, DEFAULT_RATE),
    'into the local runtime instead of AWS',
  ).addHelpText('after', NOTES);
  return runCommandLine(command, argv, io, async (files: string[], flags: Flags) => {
    let complete = true;
    for (const file of files) complete &&= await importFile(file, flags, io, signal);
    return complete ? 0 : 1;
  });
}

/** @returns whether it came to the end */
async function importFile(file: string, flags: Flags, io: ImportIo, signal: AbortSignal): Promise<boolean> {
  const outputs = await outputsOf(flags);
  const { columns, rows, text } = await readTable(file);
  const progress = openProgress(
    file,
    [
      text,
      outputs.StreamName,
      flags.device,
      flags.site,
      JSON.stringify(flags.metric),
      ...(flags.zone === undefined ? [] : [flags.zone]),
    ],
    io,
  );
  const metrics = Object.keys(flags.metric).length > 0 ? flags.metric : ownMetrics(columns);
  const endMs = flags.end && progress.startedMs;
  const mapped = mapRows(rows, { ...flags, metrics, endMs }, columns);
  tellSkipped(file, mapped, io);
  const records = pack(mapped.readings);
  if (progress.records > 0)
    io.stderr(`${file}: goes on after ${plural(progress.records, 'record')} of an earlier run\n`);
  const client = new KinesisClient(clientOptions(outputs));
  const put: PutRecords = (entries) =>
    client
      .send(new PutRecordsCommand({ StreamName: outputs.StreamName, Records: entries }))
      .catch((cause) => {
        const context = {
          service: 'Kinesis',
          endpoint: outputs.Endpoint,
          denied: 'These credentials may not send',
          missing: [],
        };
        throw new UserError(
          `${awsProblem(cause, context) ?? cause}\nRun the same command again: it goes on where it stopped.`,
          { cause },
        );
      });
  try {
    const withinMs = outputs.Endpoint === undefined ? BUFFER_MS.aws : BUFFER_MS.local;
    const pace = { rate: flags.rate, days: DAYS_AT_ONCE, withinMs };
    const sent = await sendPaced(records, progress.records, {
      put,
      pace,
      now: io.now,
      signal,
      onProgress: progress.save,
    });
    const on = records.slice(0, sent).reduce((sum, record) => sum + record.readings, 0);
    io.stdout(
      `${file}: ${formatNumber(rows.length)} rows = ${formatNumber(on)} on the stream + ${formatNumber(mapped.readings.length - on)} not yet + ${formatNumber(mapped.skipped)} skipped\n`,
    );
    return sent === records.length;
  } finally {
    client.destroy();
  }
}

/** Columns that are called as metrics are. */
const ownMetrics = (columns: readonly string[]): Flags['metric'] =>
  Object.fromEntries(METRICS.filter((name) => columns.includes(name)).map((name) => [name, name]));

function tellSkipped(file: string, { readings, skipped, problems, notices }: Mapped, io: Io): void {
  for (const notice of notices) io.stderr(`${file}: ${notice}\n`);
  for (const problem of problems) io.stderr(`${file} ${problem}\n`);
  if (skipped > problems.length)
    io.stderr(`… and ${plural(skipped - problems.length, 'more row')} skipped\n`);
  if (readings.length === 0)
    throw UserError.misuse(`${file}: Expected readings, got none. ${problems[0] ?? ''}`);
}

const progressSchema = z.object({ import: z.string(), startedMs: z.number(), records: z.int() });

/** How far an import came, beside its file. Another file or mapping begins anew. */
function openProgress(file: string, identity: readonly string[], { now }: ImportIo) {
  const path = `${file}.import.json`;
  const id = createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 24);
  const stored = existsSync(path)
    ? progressSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    : undefined;
  const known = stored?.success && stored.data.import === id ? stored.data : { startedMs: now(), records: 0 };
  return {
    ...known,
    save: (records: number) =>
      writeFileSync(path, JSON.stringify({ import: id, startedMs: known.startedMs, records })),
  };
}

await runAsProgram(import.meta.url, (argv, io) =>
  runImport(
    argv,
    { ...io, now: Date.now },
    stopSignal(() => io.stderr('Stopping. Run the same command again to go on.\n')),
  ),
);

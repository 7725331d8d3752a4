/** One file into the lake, by way of the stream. */
import { DescribeStreamSummaryCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { METRICS, type Metric } from '../../../services/contract/reading.ts';
import { awsProblem } from '../../cli/aws-problem.ts';
import { clientOptions } from '../../cli/client-options.ts';
import { outputsOf, type StackFlags } from '../../cli/options.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import type { Io } from '../../cli/program.ts';
import type { DecimalMark } from '../../cli/series/numbers.ts';
import type { TimeFormat } from '../../cli/series/time-forms.ts';
import { formatNumber, plural } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { type Mapped, mapRows } from './mapping.ts';
import { openProgress } from './progress.ts';
import { readTable } from './rows.ts';
import { type PutRecords, pack, sendPaced } from './send.ts';

export interface ImportIo extends Io {
  now(): number;
}

export interface ImportFlags extends StackFlags {
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

/** Firehose's own limit is 500 open partitions; some are of the present. */
const DAYS_AT_ONCE = 400;
const BUFFER_MS = { local: 10_000, aws: 15 * 60_000 };

/** @returns whether it came to the end */
export async function importFile(
  file: string,
  flags: ImportFlags,
  io: ImportIo,
  signal: AbortSignal,
): Promise<boolean> {
  const outputs = await outputsOf(flags);
  const { columns, rows, text } = await readTable(file);
  const { device, site, metric, zone } = flags;
  const client = new KinesisClient(clientOptions(outputs));
  try {
    const stream = await streamOf(client, outputs);
    const identity = [text, stream, device, site, JSON.stringify(metric)];
    const progress = openProgress(file, zone === undefined ? identity : [...identity, zone], io.now);
    const metrics = Object.keys(metric).length > 0 ? metric : ownMetrics(columns);
    const mapped = mapRows(rows, { ...flags, metrics, endMs: flags.end && progress.startedMs }, columns);
    tellSkipped(file, mapped, io);
    const records = pack(mapped.readings);
    if (progress.records > 0) io.stderr(`${file}: ${earlierRun(progress.records, records.length)}\n`);
    const withinMs = outputs.Endpoint === undefined ? BUFFER_MS.aws : BUFFER_MS.local;
    const sent = await sendPaced(records, progress.records, {
      pace: { rate: flags.rate, days: DAYS_AT_ONCE, withinMs },
      ...{ put: putInto(client, outputs), now: io.now, signal, onProgress: progress.save },
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

const earlierRun = (sent: number, all: number): string =>
  sent < all
    ? `goes on after ${plural(sent, 'record')} of an earlier run`
    : 'an earlier run has sent all of it';

/** The local runtime is begun afresh now and then, and gives its stream the same name again; AWS gives another. */
async function streamOf(client: KinesisClient, { StreamName, Endpoint }: StackOutputs): Promise<string> {
  if (Endpoint === undefined) return StreamName;
  const { StreamDescriptionSummary } = await client
    .send(new DescribeStreamSummaryCommand({ StreamName }))
    .catch((cause) => refuse(cause, Endpoint));
  return `${StreamName} of ${StreamDescriptionSummary?.StreamCreationTimestamp?.toISOString()}`;
}

const putInto =
  (client: KinesisClient, { StreamName, Endpoint }: StackOutputs): PutRecords =>
  (Records) =>
    client.send(new PutRecordsCommand({ StreamName, Records })).catch((cause) => refuse(cause, Endpoint));

/** @throws UserError */
function refuse(cause: unknown, endpoint: string | undefined): never {
  const denied = 'These credentials may not send';
  const problem = awsProblem(cause, { service: 'Kinesis', endpoint, denied, missing: [] }) ?? cause;
  throw new UserError(`${problem}\nRun the same command again: it goes on where it stopped.`, { cause });
}

/** Columns that are called as metrics are. */
const ownMetrics = (columns: readonly string[]): ImportFlags['metric'] =>
  Object.fromEntries(METRICS.filter((name) => columns.includes(name)).map((name) => [name, name]));

function tellSkipped(file: string, { readings, skipped, problems, notices }: Mapped, io: Io): void {
  for (const notice of notices) io.stderr(`${file}: ${notice}\n`);
  for (const problem of problems) io.stderr(`${file} ${problem}\n`);
  if (skipped > problems.length)
    io.stderr(`… and ${plural(skipped - problems.length, 'more row')} skipped\n`);
  if (readings.length === 0)
    throw UserError.misuse(`${file}: Expected readings, got none. ${problems[0] ?? ''}`);
}

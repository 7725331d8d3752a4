/**
 * The data transformation of a delivery stream: its lines go through a Lambda function before they are partitioned.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { issueIn } from '../base/issue.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import { LOCAL_REGION } from '../stack/identities.ts';
import { type Failure, processingFailure, type SourceRecord } from './error-entry.ts';
import { countLines, MAX_LINES_PER_RECORD, splitRecord } from './lines.ts';
import type { Processor } from './properties.ts';

/** One line: what is left of a record after de-aggregation. */
export interface SplitLine extends SourceRecord {
  /** Which line of the record, from 0. */
  number: number;
  /** Lines that it stands for: more than one for a record with too many to be split. */
  lines: number;
}

export interface Transformed {
  records: SplitLine[];
  failed: { line: SplitLine; failure: Failure }[];
  /** Lines that the function dropped on purpose. */
  dropped: number;
}

export type Transform = (records: readonly SourceRecord[]) => Promise<Transformed>;

export interface TransformOptions extends Omit<Processor, 'functionArn'> {
  fn: Pick<LambdaFunction, 'invoke'>;
  deliveryStreamArn: string;
  delimiter: Uint8Array | undefined;
  clock: Pick<Clock, 'sleep'>;
  /** @throws AwsError where IAM denies the invocation */
  mayInvoke?(): void;
}

/** Lambda's, for a synchronous invocation; base64 takes four bytes for three. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const RETRY_AFTER_MS = 100;

const answer = z.object({
  records: z.array(
    z.object({
      recordId: z.string(),
      result: z.enum(['Ok', 'Dropped', 'ProcessingFailed']),
      data: z.base64().optional(),
    }),
  ),
});
type Answer = z.infer<typeof answer>['records'][number];

export function createTransform(options: TransformOptions): Transform {
  const { delimiter, bufferBytes } = options;
  const mostBytes = Math.min(bufferBytes, (MAX_PAYLOAD_BYTES * 3) / 4);
  return async (records) => {
    const all: Transformed = { records: [], failed: [], dropped: 0 };
    const lines = records.flatMap((record) => linesOf(record, delimiter));
    for (const batch of batchesOf(lines, mostBytes)) {
      const answers = await answersTo(batch, options);
      for (const [i, line] of batch.entries()) sort(all, line, answers[i]);
    }
    return all;
  };
}

function linesOf(record: SourceRecord, delimiter: Uint8Array | undefined): SplitLine[] {
  const lines = countLines(record.data, delimiter);
  const first = record.number ?? 0;
  // AWS then passes the record on unsplit.
  if (lines > MAX_LINES_PER_RECORD) return [{ ...record, number: first, lines }];
  return splitRecord(record.data, delimiter).map(([start, end], i) => ({
    ...{ ...record, data: record.data.subarray(start, end) },
    ...{ number: first + i, lines: 1 },
  }));
}

function batchesOf(lines: readonly SplitLine[], mostBytes: number): SplitLine[][] {
  const batches: SplitLine[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    bytes += line.data.length;
    if (bytes > mostBytes) {
      batches.push([]);
      bytes = line.data.length;
    }
    batches.at(-1)?.push(line);
  }
  return batches;
}

/** Of each line the answer, in their order, or why there is none. */
async function answersTo(
  lines: readonly SplitLine[],
  { fn, deliveryStreamArn, retries, clock, mayInvoke }: TransformOptions,
): Promise<(Answer | Failure)[]> {
  const refusal = refusalOf(mayInvoke);
  if (refusal !== undefined) return lines.map(() => processingFailure('Lambda.InvokeAccessDenied', refusal));
  const invocationId = randomUUID();
  const ids = lines.map((_, i) => `${invocationId}-${i}`);
  const payload = JSON.stringify({
    ...{ invocationId, deliveryStreamArn, region: LOCAL_REGION },
    records: lines.map(({ data, arrivalMs }, i) => ({
      ...{ recordId: ids[i], approximateArrivalTimestamp: Math.round(arrivalMs) },
      data: Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64'),
    })),
  });
  for (let attempt = 0; ; attempt += 1) {
    const result = await fn.invoke(payload);
    if (result.status === 'ok') return inOrder(ids, result.payload);
    if (attempt === retries) {
      const code = result.status === 'timeout' ? 'Lambda.FunctionTimedOut' : 'Lambda.FunctionError';
      return lines.map(() => processingFailure(code, `${result.errorType}: ${result.errorMessage}`));
    }
    await clock.sleep(RETRY_AFTER_MS * 2 ** attempt);
  }
}

function refusalOf(mayInvoke: TransformOptions['mayInvoke']): string | undefined {
  try {
    mayInvoke?.();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function inOrder(ids: readonly string[], payload: string): (Answer | Failure)[] {
  const parsed = answer.safeParse(JSON.parse(payload));
  const records = parsed.data?.records ?? [];
  const byId = new Map(records.map((record) => [record.recordId, record]));
  const duplicated = byId.size < records.length;
  return ids.map((id) => {
    if (!parsed.success) return processingFailure('Lambda.JsonProcessingException', issueIn(parsed.error));
    if (duplicated) return processingFailure('Lambda.DuplicatedRecordId', 'A record ID was returned twice');
    return byId.get(id) ?? processingFailure('Lambda.MissingRecordId', 'A record ID was not returned');
  });
}

function sort(all: Transformed, line: SplitLine, one: Answer | Failure | undefined): void {
  if (one === undefined) return;
  if ('errorType' in one) all.failed.push({ line, failure: one });
  else if (one.result === 'Dropped') all.dropped += line.lines;
  else if (one.result === 'Ok' && one.data !== undefined)
    all.records.push({ ...line, data: Buffer.from(one.data, 'base64') });
  else
    all.failed.push({
      line,
      failure: processingFailure('Lambda.ProcessingFailedStatus', 'ProcessingFailed status set for record'),
    });
}

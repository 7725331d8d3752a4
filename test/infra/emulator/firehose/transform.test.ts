import { describe, expect, it } from 'vitest';
import { createTransform, type TransformOptions } from '../../../../infra/emulator/firehose/transform.ts';
import type { InvocationResult } from '../../../../infra/emulator/lambda/function.ts';

const NEWLINE = Buffer.from('\n');
const MB = 1024 * 1024;
const meta = { requestId: 'r', durationMs: 1 };
const CRASHED: InvocationResult = {
  ...meta,
  ...{ status: 'crashed', errorType: 'Runtime.ExitError', errorMessage: 'gone' },
};

interface Given {
  recordId: string;
  data: string;
}
type Answer = Partial<Given> & { result: string };

/** @param answers the results of each invocation, or what the function answers to its records */
function transform(
  answers: InvocationResult[] | ((given: Given[]) => unknown[]),
  options: Partial<TransformOptions> = {},
) {
  const payloads: { records: Given[] }[] = [];
  const waits: number[] = [];
  const run = createTransform({
    ...{ deliveryStreamArn: 'arn:stream', delimiter: NEWLINE, retries: 3, bufferBytes: MB },
    clock: { sleep: async (ms: number) => void waits.push(ms) },
    fn: {
      async invoke(payload) {
        const event = JSON.parse(payload.toString());
        payloads.push(event);
        if (Array.isArray(answers)) return answers[payloads.length - 1] ?? CRASHED;
        return { ...meta, status: 'ok', payload: JSON.stringify({ records: answers(event.records) }) };
      },
    },
    ...options,
  });
  return { run, payloads, waits };
}

const text = (data: string | undefined) => Buffer.from(data ?? '', 'base64').toString();
const loud = (given: Given[]): Answer[] =>
  given.map(({ recordId, data }) => ({
    ...{ recordId, result: 'Ok', data: Buffer.from(text(data).toUpperCase()).toString('base64') },
  }));
const record = (data: string, sequenceNumber = '1') => ({
  data: Buffer.from(data),
  arrivalMs: 5,
  sequenceNumber,
});
const seen = ({
  data,
  number,
  sequenceNumber,
}: {
  data: Uint8Array;
  number?: number;
  sequenceNumber?: string;
}) => `${sequenceNumber}.${number} ${Buffer.from(data)}`;

describe('a transformation', () => {
  it('is given every line as a record, and its answers keep place, order and record', async () => {
    const { run, payloads } = transform((given) => loud(given).reverse());
    const aggregated = { ...record('d\ne', '9'), number: 4 };
    const { records, failed, dropped } = await run([record('a\nb\n', '7'), record('c', '8'), aggregated]);
    expect(records.map(seen)).toEqual(['7.0 A', '7.1 B', '8.0 C', '9.4 D', '9.5 E']);
    expect({ failed, dropped }).toEqual({ failed: [], dropped: 0 });
    expect(payloads).toMatchObject([{ deliveryStreamArn: 'arn:stream', region: 'us-east-1' }]);
    expect(payloads[0]?.records.map(({ data }) => text(data))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('may drop a line, and what it fails on is an error with its own bytes', async () => {
    const results = ['Dropped', 'ProcessingFailed', 'Ok'];
    const { run } = transform((given) => loud(given).map((one, i) => ({ ...one, result: results[i] ?? '' })));
    const { records, failed, dropped } = await run([record('a\nb\nc')]);
    expect({ records: records.map(seen), dropped }).toEqual({ records: ['1.2 C'], dropped: 1 });
    expect(failed.map(({ line, failure }) => `${seen(line)} ${failure.errorType} ${failure.code}`)).toEqual([
      '1.1 b processing-failed Lambda.ProcessingFailedStatus',
    ]);
  });

  it.each<[string, (given: Given[]) => unknown[], number]>([
    ['Lambda.MissingRecordId', (given) => loud(given).slice(1), 1],
    ['Lambda.DuplicatedRecordId', (given) => loud([...given, ...given]), 2],
    ['Lambda.JsonProcessingException', (given) => given.map(() => ({ result: 'Fine' })), 2],
    ['Lambda.JsonProcessingException', (given) => loud(given).map((one) => ({ ...one, data: '?' })), 2],
  ])('%s: an answer that is not one', async (code, answers, count) => {
    const { failed, records } = await transform(answers).run([record('a\nb')]);
    expect(failed.map(({ failure }) => failure.code)).toEqual(Array(count).fill(code));
    expect(records).toHaveLength(2 - count);
  });

  it('is tried again as often as the stream says, and then gives the lines up', async () => {
    const timedOut: InvocationResult = { ...CRASHED, status: 'timeout' };
    const good = transform([timedOut, CRASHED], { retries: 1 });
    const { failed } = await good.run([record('a\nb')]);
    expect(failed.map(({ failure }) => failure.code)).toEqual([
      'Lambda.FunctionError',
      'Lambda.FunctionError',
    ]);
    expect(good.payloads).toHaveLength(2);
    expect(good.waits).toEqual([100]);
  });

  it('is given no more bytes at once than its buffer, and a record of too many lines in one piece', async () => {
    const { run, payloads } = transform(loud, { bufferBytes: 10 });
    const many = 'x\n'.repeat(501);
    const { records } = await run([record('aaaa\nbbbb\ncccc'), record(many)]);
    expect(payloads.map(({ records }) => records.map(({ data }) => text(data).length))).toEqual([
      [4, 4],
      [4],
      [1002],
    ]);
    expect(records.at(-1)).toMatchObject({ lines: 501, number: 0 });
  });
});

/** What anybody can send must cost in proportion to its bytes, and never hold the event loop for long. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DeliveryBuffer } from '../../../../infra/emulator/firehose/buffer.ts';
import { Intake } from '../../../../infra/emulator/firehose/intake.ts';
import { createPartitionKeyReader } from '../../../../infra/emulator/firehose/partition-keys.ts';
import { parsePrefix } from '../../../../infra/emulator/firehose/prefix.ts';
import { threadMs } from '../../../support/thread-time.ts';
import { TIMED } from '../../../support/timed.ts';
import { line, PARTITION_QUERY, READINGS_TABLE, reading, records } from './support/fixtures.ts';

const prefix = parsePrefix('dt=!{partitionKeyFromQuery:dt}/hour=!{partitionKeyFromQuery:hour}/');
const schema = { databaseName: 'telemetry', tableName: 'readings', region: 'us-east-1' };
const MEGABYTE = 1_000_000;
/** Of processor time, as other tests run at the same time: between two turns of the event loop, and in all. */
const MAX_BLOCK_MS = 400;
const MAX_TOTAL_MS = 5000;

const repeat = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i));
const megabyte = (overrides: (text: string) => object) => [line(1, { ...overrides('x'.repeat(MEGABYTE)) })];

/** Records, and the rows and failed lines that become of them. */
const HEAVY: [name: string, data: () => string[], rows: number, failed: number][] = [
  ['an array of 2,000 readings', () => [JSON.stringify(repeat(2000, line))], 0, 1],
  ['10,000 records that are an array', () => repeat(10_000, () => `[${line(1)}]`), 0, 10_000],
  ['a deciding text of 1 MB', () => megabyte((text) => ({ timestamp_sent: text })), 0, 1],
  ['the same, not plain', () => megabyte((text) => ({ timestamp_sent: `${text}"` })), 0, 1],
  ['a deciding array of 1 MB', () => megabyte((text) => ({ timestamp_sent: [text] })), 0, 1],
  ['a deciding object of 50,000 keys', () => [line(1, { timestamp_sent: keys(50_000) })], 0, 1],
  ['a deciding number of 1 MB', () => [withRaw('9'.repeat(MEGABYTE))], 0, 1],
  ['a deciding value 500,000 deep', () => [withRaw(nested(500_000))], 0, 1],
  ['1,000 deciding values 1,000 deep', () => repeat(1000, () => withRaw(nested(1000))), 0, 1000],
  [
    '10,000 different deciding texts',
    () => repeat(10_000, (i) => line(1, { timestamp_sent: `t${i}` })),
    0,
    10_000,
  ],
  [
    '10,000 different deciding numbers',
    () => repeat(10_000, (i) => line(1, { timestamp_sent: i })),
    0,
    10_000,
  ],
  [
    '10,000 readings without it',
    () => repeat(10_000, () => line(1, { timestamp_sent: undefined })),
    0,
    10_000,
  ],
  ['a text of 1 MB', () => megabyte((text) => ({ device_id: text })), 1, 0],
  ['an unknown text of 1 MB', () => megabyte((note) => ({ note })), 1, 0],
  ['an unknown key of 1 MB', () => megabyte((text) => ({ [text]: 1 })), 1, 0],
  ['100,000 unknown keys', () => [JSON.stringify({ ...keys(100_000), ...reading(1) })], 1, 0],
  ['an unknown value 500,000 deep', () => [line(1).replace('{', `{"deep":${nested(500_000)},`)], 1, 0],
  ['an unknown number of 1 MB', () => [line(1).replace('{', `{"n":${'9'.repeat(MEGABYTE)},`)], 1, 0],
  ['a metric of 1 MB', () => [line(1).replace('41.2', `4${'1'.repeat(MEGABYTE)}`)], 0, 1],
  ['1 MB of newlines', () => ['\n'.repeat(MEGABYTE)], 0, MEGABYTE],
  ['1 MB that is no JSON', () => ['{'.repeat(MEGABYTE)], 0, 1],
  ['1 MB of spaces', () => [`${' '.repeat(MEGABYTE)}1`], 0, 1],
  [
    '500 lines of 2 kB each, ten times',
    () => repeat(10, () => repeat(500, () => line(1, { note: 'x'.repeat(1800) })).join('\n')),
    5000,
    0,
  ],
  [
    '500 lines that end one brace too early',
    () => repeat(10, () => `${repeat(499, line).join('\n')}\n${line(1).slice(0, -1)}`),
    4990,
    10,
  ],
];

function keys(count: number): object {
  return Object.fromEntries(repeat(count, (i) => `key${i}`).map((key) => [key, 1]));
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

function withRaw(timestampSent: string): string {
  return line(1, { timestamp_sent: 0 }).replace('"timestamp_sent":0', `"timestamp_sent":${timestampSent}`);
}

test.each(HEAVY)('%s', TIMED, async (_, data, rows, failed) => {
  const keyReader = await createPartitionKeyReader(PARTITION_QUERY, prefix);
  const delimiter = Buffer.from('\n');
  const intake = new Intake({ table: READINGS_TABLE, delimiter, keyReader, clock: { now: () => 0 } });
  const buffer = new DeliveryBuffer(join(tmpdir(), 'never-written'), schema as never);
  const sent = records([line(0), ...data()]);
  const blocked = watchLoop();
  const start = threadMs();
  await intake.take(buffer, sent, async () => undefined);
  const total = threadMs() - start;
  const block = await blocked();
  expect(buffer.partitions.reduce((sum, { lines }) => sum + lines, 0)).toBe(1 + rows);
  expect(buffer.errorLines).toBe(failed);
  expect(block).toBeLessThan(MAX_BLOCK_MS);
  expect(total).toBeLessThan(MAX_TOTAL_MS);
});

/** The longest time without a turn of the event loop, from now until the returned function is called. */
function watchLoop(): () => Promise<number> {
  let last = threadMs();
  let longest = 0;
  const look = () => {
    longest = Math.max(longest, threadMs() - last);
    last = threadMs();
  };
  const timer = setInterval(look, 10);
  return async () => {
    await sleep(2);
    clearInterval(timer);
    look();
    return longest;
  };
}

import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeliveryBuffer } from '../../../../infra/emulator/firehose/buffer.ts';
import { Intake } from '../../../../infra/emulator/firehose/intake.ts';
import { createPartitionKeyReader } from '../../../../infra/emulator/firehose/partition-keys.ts';
import { createPlainLineScanner } from '../../../../infra/emulator/firehose/plain-lines.ts';
import { parsePrefix } from '../../../../infra/emulator/firehose/prefix.ts';
import { anyText } from '../../../support/any-text.ts';
import { line, PARTITION_QUERY, READINGS_TABLE, reading, records } from './support/fixtures.ts';
import { harness, rawText } from './support/harness.ts';

const NEWLINE = Buffer.from('\n');
const prefix = parsePrefix('dt=!{partitionKeyFromQuery:dt}/hour=!{partitionKeyFromQuery:hour}/');
const keyReader = await createPartitionKeyReader(PARTITION_QUERY, prefix);
await keyReader.read(['10', '11'].map((hour) => JSON.stringify({ timestamp_sent: `2026-11-22 ${hour}` })));
const scan = createPlainLineScanner(READINGS_TABLE, NEWLINE, keyReader);

describe('plain lines', () => {
  test('neighbouring lines of one partition are one run, with or without a last newline', () => {
    const later = { timestamp_sent: '2026-11-22 11' };
    const text = `${line(1)}\n${line(2)}\n{}\n${line(3)}\n${line(4, later)}`;
    const result = scan?.(Buffer.from(text));
    expect(result?.lines).toBe(5);
    expect(result?.runs.map(({ firstLine, lines, keys }) => [firstLine, lines, keys])).toEqual([
      [0, 2, ['2026-11-22', '10']],
      [3, 1, ['2026-11-22', '10']],
      [4, 1, ['2026-11-22', '11']],
    ]);
    expect(result?.odd).toEqual([[text.indexOf('{}'), text.indexOf('{}') + 2, 2]]);
  });

  test.each([
    ['a space', line(1).replace(':1,', ': 1,')],
    ['another order', JSON.stringify(Object.fromEntries(Object.entries(reading(1)).reverse()))],
    ['a key twice', line(1).replace('{', '{"seq":2,')],
    ['an escape', line(1, { device_id: '"' })],
    ['a control character', line(1).replace('dev-1', 'dev\t1')],
    ['a leading zero', line(1).replace('"seq":1', '"seq":01')],
    ['an exponent', line(1).replace('41.2', '4e1')],
    ['an integer beyond 15 digits', line(1).replace('"seq":1', '"seq":1234567890123456')],
    ['null', line(1, { cpu: null })],
    ['something behind it', `${line(1)} `],
    ['more than ASCII', line(1).replace('dev-1', 'dev-é')],
    ['no hour', line(1, { timestamp_sent: '2026-11-22 10é' })],
  ])('a line with %s is not plain', (_, text) => {
    expect(scan?.(Buffer.from(`${text}\n`))?.runs).toEqual([]);
    expect(scan?.(Buffer.from(`${text}\n`, 'latin1'))?.runs).toEqual([]);
  });

  test('a plain line gives the same row as the same document with its keys in another order', async () => {
    const text = fc.oneof(
      { weight: 20, arbitrary: fc.string() },
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('\u007f', '{"', '😀'),
    );
    const number = fc.oneof(
      fc.integer(),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.integer({ min: -1e9, max: 1e9 }).map((hundredths) => hundredths / 100),
    );
    const document = fc.record({
      device_id: text,
      site_id: text,
      temperature: number,
      cpu: number,
      ram: number,
      hd: number,
      timestamp: text,
      timestamp_sent: fc.constantFrom('2026-11-22 10', '2026-11-22 11'),
    });
    const documents = fc
      .sample(document, { numRuns: 400, seed: 3 })
      .map((values, seq) => JSON.parse(JSON.stringify({ ...reading(seq), ...values, seq })));
    const plain = documents.filter((value) => scan?.(Buffer.from(JSON.stringify(value)))?.runs.length);
    expect(plain.length).toBeGreaterThan(50);

    const h = await harness();
    const stream = await h.open();
    const reversed = plain.map((value) => Object.fromEntries(Object.entries(value).reverse()));
    for (const list of [plain, reversed]) {
      await stream.accept('shard-0', records(list.map((value) => JSON.stringify(value))));
      await stream.flush();
    }
    const rows = (await h.rows()).toSorted((a, b) => Number(a.seq) - Number(b.seq));
    expect(rows).toEqual(
      plain.flatMap((value) => [value, value]).map((value) => ({ ...value, seq: BigInt(value.seq) })),
    );
  });
});

describe('intake', () => {
  const intake = new Intake({
    table: READINGS_TABLE,
    delimiter: NEWLINE,
    keyReader,
    clock: { now: () => 0 },
  });
  const schema = {
    catalogId: undefined,
    databaseName: 'd',
    tableName: 't',
    region: undefined,
    versionId: 'LATEST',
  };
  const noRoom = async () => {
    throw new Error('The buffer should not be full');
  };

  test('the 501st active partition is refused, the others go on', async () => {
    const buffer = new DeliveryBuffer(join(tmpdir(), 'never-written'), schema);
    const hour = (i: number) =>
      new Date(Date.UTC(2026, 0, 1, i)).toISOString().slice(0, 13).replace('T', ' ');
    const lines = Array.from({ length: 502 }, (_, i) => line(i, { timestamp_sent: hour(i) }));
    const again = `${lines[0]}\n${lines[501]}\n`;
    await intake.take(buffer, records([...lines, again]), noRoom);
    expect(buffer.partitions).toHaveLength(500);
    expect(buffer.errors.map(([type, { lines }]) => [type, lines])).toEqual([['activePartitionExceeded', 3]]);
    expect(buffer.partitions.reduce((sum, partition) => sum + partition.lines, 0)).toBe(501);
  });

  test('a full buffer makes room', async () => {
    const h = await harness();
    const buffer = new DeliveryBuffer(join(h.root, 'batch'), schema);
    let spills = 0;
    const pack = `${Array.from({ length: 500 }, (_, seq) => line(seq)).join('\n')}\n`;
    await intake.take(buffer, records(Array.from({ length: 120 }, () => pack)), async () => {
      spills += 1;
      await buffer.spill();
    });
    expect(spills).toBe(2);
    await buffer.spill();
    const [partition] = buffer.partitions;
    expect(await readFile(partition?.path ?? '', 'utf8')).toBe(pack.repeat(120));
  });
});

test('every incoming line becomes a row or an error entry with its bytes', async () => {
  const h = await harness();
  const stream = await h.open();
  const bad = fc.oneof(
    fc.constantFrom('', '{', 'null', '[]', '{"device_id":1}', line(1, { seq: 'x' }), '\u0000', '"', '{}'),
    anyText().map((text) => text.replaceAll('\n', '')),
  );
  const good = fc.constantFrom(
    line(0),
    line(0, { timestamp_sent: '2026-11-22 11' }),
    JSON.stringify({ ...reading(0), extra: [1] }).replace('device_id', 'Device_Id'),
    `  ${line(0)}\r`,
  );
  const record = fc.array(fc.oneof(good, bad), { minLength: 1, maxLength: 8 });
  const packs = fc.sample(record, { numRuns: 200, seed: 11 });
  const isGood = (text: string) => /timestamp_sent/.test(text) && !/"x"/.test(text);
  await stream.accept('shard-0', records(packs.map((lines) => `${lines.join('\n')}\n`)));
  await stream.flush();
  const sent = packs.flat();
  expect(await h.rows()).toHaveLength(sent.filter(isGood).length);
  const failed = (await h.errors()).map(rawText).sort();
  expect(failed).toEqual(sent.filter((text) => !isGood(text)).sort());
  const { rows, errorLines } = stream.counts();
  expect(rows + errorLines).toBe(sent.length);
});

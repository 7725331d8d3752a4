import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { BUCKET, line, properties, READINGS_TABLE, reading, records } from './support/fixtures.ts';
import { harness, parquetMetadata, rawText } from './support/harness.ts';

describe('delivery', () => {
  test('lines become rows of snappy Parquet with dictionaries, in the partition of their hour', async () => {
    const h = await harness();
    const stream = await h.open();
    const later = { timestamp_sent: '2026-11-22 11' };
    await stream.accept('shard-0', records([`${line(1)}\n${line(2)}\n`, `${line(3)}\n${line(4, later)}`]));
    await stream.flush();

    const keys = await h.keys();
    const name = String.raw`Readings-1-\d{4}(-\d\d){5}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.parquet`;
    expect(keys).toEqual([
      expect.stringMatching(new RegExp(`^readings/dt=2026-11-22/hour=10/${name}$`)),
      expect.stringMatching(new RegExp(`^readings/dt=2026-11-22/hour=11/${name}$`)),
    ]);
    const expected = [1, 2, 3].map((seq) => ({ ...reading(seq), seq: BigInt(seq) }));
    expect(await h.rows('readings/dt=2026-11-22/hour=10/')).toEqual(expected);
    expect(await h.rows('readings/dt=2026-11-22/hour=11/')).toEqual([{ ...reading(4, later), seq: 4n }]);

    const { row_groups, schema } = await parquetMetadata(join(h.root, 's3', BUCKET, keys[0] ?? ''));
    const columns = row_groups.flatMap((group) => group.columns.map(({ meta_data }) => meta_data));
    expect(new Set(columns.map((column) => column?.codec))).toEqual(new Set(['SNAPPY']));
    expect(schema.slice(1).map(({ name, type }) => [name, type])).toEqual([
      ['device_id', 'BYTE_ARRAY'],
      ['site_id', 'BYTE_ARRAY'],
      ['seq', 'INT64'],
      ['temperature', 'DOUBLE'],
      ['cpu', 'DOUBLE'],
      ['ram', 'DOUBLE'],
      ['hd', 'DOUBLE'],
      ['timestamp', 'BYTE_ARRAY'],
      ['timestamp_sent', 'BYTE_ARRAY'],
    ]);
  });

  test('a bad line goes to the error prefix with its bytes, and its neighbours are not affected', async () => {
    const h = await harness();
    const stream = await h.open();
    const binary = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]);
    const wrongType = line(2, { temperature: 'hot' });
    const noHour = line(3, { timestamp_sent: 'yesterday' });
    await stream.accept(
      'shard-0',
      records([`${line(1)}\n${wrongType}\n{"device_id":\n\n${noHour}\n${line(4)}\n`, binary, '', line(5)]),
    );
    await stream.flush();

    expect((await h.rows()).map(({ seq }) => seq)).toEqual([1n, 4n, 5n]);
    const errors = await h.errors();
    const summary = errors.map((entry) => [
      entry.key.split('/')[1],
      entry.errorCode ?? entry.lastErrorCode,
      entry.sequenceNumber,
      entry.subSequenceNumber,
      entry.rawData,
    ]);
    const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
    const partitioning = ['metadata-extraction-failed', 'DynamicPartitioning.MetadataExtractionFailed'];
    expect(summary).toHaveLength(6);
    expect(summary).toEqual(
      expect.arrayContaining([
        ['format-conversion-failed', 'DataFormatConversion.MalformedData', '1', 1, base64(wrongType)],
        [...partitioning, '1', 2, base64('{"device_id":')],
        [...partitioning, '1', 3, ''],
        [...partitioning, '1', 4, base64(noHour)],
        [...partitioning, '2', 0, base64(binary)],
        [...partitioning, '3', 0, ''],
      ]),
    );
    expect(stream.counts()).toMatchObject({ records: 4, rows: 3, errorLines: 6, errorEntries: 6 });
    const conversion = errors.find((entry) => entry.lastErrorCode);
    expect(conversion).toMatchObject({
      attemptsMade: 1,
      arrivalTimestamp: Date.UTC(2026, 10, 22, 10),
      lastErrorMessage: 'Data does not match the schema. temperature: expected a finite number',
      dataCatalogTable: { databaseName: 'telemetry', tableName: 'readings', versionId: 'LATEST' },
    });
    const object = (type: string) => new RegExp(`^errors/${type}/readings/2026/11/22/Readings-1-[0-9a-f-]+$`);
    expect(await h.keys('errors/')).toEqual([
      expect.stringMatching(object('format-conversion-failed')),
      expect.stringMatching(object('metadata-extraction-failed')),
    ]);
  });

  test('a record of more than 500 lines fails in one piece, as on AWS', async () => {
    const h = await harness();
    const stream = await h.open();
    const pack = (lines: number) => Array.from({ length: lines }, (_, seq) => line(seq)).join('\n');
    await stream.accept('shard-0', records([pack(501), `${pack(500)}\n`]));
    await stream.flush();
    expect(await h.rows()).toHaveLength(500);
    const errors = await h.errors();
    expect(errors.map(rawText)).toEqual([pack(501)]);
    expect(errors[0]?.errorCode).toBe('DynamicPartitioning.MetadataExtractionFailed');
    expect(stream.counts()).toMatchObject({ rows: 500, errorLines: 501, errorEntries: 1 });
  });
});

test('rows stay in the order in which they came, for plain lines and others', async () => {
  const h = await harness();
  const stream = await h.open();
  const odd = (seq: number) => `  ${line(seq)}`;
  const pack = [odd(0), line(1), line(2), odd(3), 'no JSON', odd(4), line(5)].join('\n');
  await stream.accept('shard-0', records([pack, odd(6), odd(7), line(8), `${odd(9)}\n${line(10)}`]));
  await stream.flush();
  expect((await h.rows()).map(({ seq }) => Number(seq))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

describe('as the properties say', () => {
  test.each([true, false])('dictionary encoding: %s', async (EnableDictionaryCompression) => {
    const h = await harness();
    const parquet = { EnableDictionaryCompression, Compression: 'GZIP' };
    const stream = await h.open({ properties: properties({ parquet }) });
    await stream.accept('shard-0', records([Array.from({ length: 300 }, (_, i) => line(i)).join('\n')]));
    await stream.flush();
    const [key = ''] = await h.keys();
    const { row_groups } = await parquetMetadata(join(h.root, 's3', BUCKET, key));
    const device = row_groups[0]?.columns[0]?.meta_data;
    expect(device).toMatchObject({ path_in_schema: ['device_id'], codec: 'GZIP' });
    expect(device?.dictionary_page_offset !== undefined).toBe(EnableDictionaryCompression);
    expect(await h.rows()).toHaveLength(300);
  });

  test('a query in any form runs on every line', async () => {
    const h = await harness();
    const query = '{dt: .timestamp_sent[0:10], hour: (.timestamp_sent[11:13] + "h")}';
    const stream = await h.open({ properties: properties({ query }) });
    const lines = Array.from({ length: 60 }, (_, i) => line(i, { timestamp_sent: `2026-11-22 1${i % 2}` }));
    await stream.accept('shard-0', records([`${lines.join('\n')}\n${line(9, { timestamp_sent: 5 })}`]));
    await stream.flush();
    expect(await h.rows('readings/dt=2026-11-22/hour=10h/')).toHaveLength(30);
    expect(await h.rows('readings/dt=2026-11-22/hour=11h/')).toHaveLength(30);
    expect((await h.errors()).map(({ errorMessage }) => errorMessage)).toEqual([
      'Cannot index number with object',
    ]);
  });

  test('without processors, a record is one document and the prefix is about its arrival', async () => {
    const h = await harness();
    const destination = {
      Prefix: 'readings/!{timestamp:yyyy-MM-dd}/',
      ProcessingConfiguration: undefined,
      DynamicPartitioningConfiguration: undefined,
    };
    const column = (name: string, type: string) => ({ name, type, comment: '' });
    const table = { ...READINGS_TABLE, columns: [column('device_id', 'string'), column('at', 'timestamp')] };
    const stream = await h.open({ properties: properties({ destination }), table });
    const document = { device_id: 'a', at: '2026-11-22T10:00:00.123Z' };
    await stream.accept(
      'shard-0',
      records([JSON.stringify(document, undefined, 2), `${JSON.stringify(document)}\n{}`]),
    );
    await stream.flush();
    expect(await h.keys('readings/')).toEqual([expect.stringMatching(/^readings\/2026-11-22\/Readings-1-/)]);
    expect(await h.rows()).toEqual([{ device_id: 'a', at: new Date(document.at) }]);
    expect((await h.errors()).map(({ lastErrorCode }) => lastErrorCode)).toEqual([
      'DataFormatConversion.ParseError',
    ]);
  });
});

const SHORT = { BufferingHints: { IntervalInSeconds: 5, SizeInMBs: 64 } };
const LONGEST = { BufferingHints: { IntervalInSeconds: 900, SizeInMBs: 128 } };

describe('buffering', () => {
  const delivery = (rows: number) => ({
    type: 'delivery',
    deliveryStream: 'Readings',
    objects: [{ bucket: BUCKET, rows, kind: 'data' }],
  });

  test.each([
    ['the 60 seconds of the template', {}, 60_000],
    ['as many as AWS allows', { properties: properties({ destination: LONGEST }) }, 900_000],
    ['a few', { properties: properties({ destination: SHORT }) }, 5_000],
  ])('the interval ends a buffer: %s', async (_, options, intervalMs) => {
    const h = await harness();
    const clock = new VirtualClock();
    const stream = await h.open({ ...options, clock });
    await stream.accept('shard-0', records([line(1)]));
    await clock.advance(intervalMs - 1);
    // Only a buffer that has not ended takes one more.
    await stream.accept('shard-0', records([line(2)], 2));
    const delivered = h.nextEvent();
    await clock.advance(1);
    expect(await delivered).toMatchObject(delivery(2));
    expect(await h.rows()).toHaveLength(2);
  });

  test('an interval begins with the first record, and does not run while there is none', async () => {
    const h = await harness();
    const clock = new VirtualClock();
    const stream = await h.open({ clock });
    for (const seq of [1, 3]) {
      await clock.advance(600_000);
      await stream.accept('shard-0', records([line(seq)], seq));
      await clock.advance(59_999);
      await stream.accept('shard-0', records([line(seq + 1)], seq + 1));
      const delivered = h.nextEvent();
      await clock.advance(1);
      expect(await delivered).toMatchObject(delivery(2));
    }
  });

  test.each([-3_600_000, 3_600_000])('a clock that is set by %d ms changes no interval', async (by) => {
    const h = await harness();
    const clock = new VirtualClock();
    const stream = await h.open({ clock });
    await stream.accept('shard-0', records([line(1)]));
    await clock.advance(30_000);
    clock.stepWall(by);
    await clock.advance(29_999);
    await stream.accept('shard-0', records([line(2)], 2));
    const delivered = h.nextEvent();
    await clock.advance(1);
    expect(await delivered).toMatchObject(delivery(2));
  });

  test('a full disk is tried again after 0.2 seconds, then ever later, up to ten', async () => {
    const h = await harness();
    const clock = new VirtualClock();
    const triedMs: number[] = [];
    const stream = await h.open({
      clock,
      beforeWrite() {
        triedMs.push(clock.elapsed());
        if (triedMs.length <= 9) throw new Error('disk full');
      },
    });
    await stream.accept('shard-0', records([line(1)]));
    const flushed = stream.flush();
    await clock.advance(60_000);
    await flushed;
    [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000].forEach((longest, i) => {
      const waited = (triedMs[i + 1] ?? 0) - (triedMs[i] ?? 0);
      expect(waited).toBeGreaterThanOrEqual(longest / 2);
      expect(waited).toBeLessThanOrEqual(longest);
    });
    expect(await h.rows()).toHaveLength(1);
  });

  test('the size ends a buffer', async () => {
    const h = await harness();
    const hints = { BufferingHints: { IntervalInSeconds: 900, SizeInMBs: 1 } };
    const stream = await h.open({ properties: properties({ destination: hints }) });
    const pack = Array.from({ length: 500 }, (_, seq) => line(seq)).join('\n');
    await stream.accept('shard-0', records(Array.from({ length: 16 }, () => pack)));
    await vi.waitFor(() => expect(stream.counts().rows).toBe(8000));
  });

  test('when the event is emitted, an object of the announced size exists', async () => {
    const h = await harness();
    const stream = await h.open();
    await stream.accept('shard-0', records([line(1)]));
    expect(await h.keys()).toEqual([]);
    await stream.flush();
    const [event] = h.events;
    if (event?.type !== 'delivery') throw new Error('no delivery');
    for (const { key, bytes } of event.objects) {
      expect((await stat(join(h.root, 's3', BUCKET, key))).size).toBe(bytes);
    }
  });
});

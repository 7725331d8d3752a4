import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SetupError } from '../../../../infra/emulator/base/setup-error.ts';
import { AwsError } from '../../../../infra/emulator/wire/aws-error.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { BUCKET, line, properties, records } from './support/fixtures.ts';
import { type Harness, harness, readParquet } from './support/harness.ts';

const seqs = async (h: Harness) => (await h.rows()).map(({ seq }) => Number(seq)).sort((a, b) => a - b);
const bucket = (h: Harness) => join(h.root, 's3', BUCKET);

test('the checkpoint of a shard is its last record in an object, also after a restart', async () => {
  const h = await harness();
  const before = await h.open({ clock: new VirtualClock(1000) });
  expect(before.checkpoints.get('shard-0')).toBeUndefined();
  await before.accept('shard-0', records([line(1), line(2)]));
  await before.accept('shard-1', records(['not json'], 50));
  await before.flush();
  await before.accept('shard-0', records([line(3)], 3));
  h.crash();

  const after = await h.open({ clock: new VirtualClock(2000) });
  expect(after.checkpoints.startedAt).toBe(1000);
  expect(after.checkpoints.get('shard-0')).toEqual({ sequenceNumber: '2' });
  expect(after.checkpoints.get('shard-1')).toEqual({ sequenceNumber: '50' });
  await after.accept('shard-0', records([line(3)], 3));
  await after.flush();
  expect(await seqs(h)).toEqual([1, 2, 3]);
});

test('killed between the journal and the bucket: the next start delivers everything, and nothing twice', async () => {
  const h = await harness();
  const before = await h.open();
  // Something else is where the bucket's folder should be.
  await writeFile(join(h.root, 's3', BUCKET), '').catch(async () => {
    await mkdir(join(h.root, 's3'), { recursive: true });
    await writeFile(join(h.root, 's3', BUCKET), '');
  });
  await before.accept('shard-0', records([line(1), 'bad']));
  await expect(before.close()).rejects.toThrow();
  expect(h.events).toContainEqual(expect.objectContaining({ type: 'notice', level: 'error' }));
  h.crash();
  await rm(join(h.root, 's3', BUCKET));

  const after = await h.open();
  expect(after.checkpoints.get('shard-0')).toEqual({ sequenceNumber: '2' });
  expect(await seqs(h)).toEqual([1]);
  expect(await h.errors()).toHaveLength(1);
});

test('what is noted while the moves fail keeps them: the next start makes them, and delivers nothing twice', async () => {
  const h = await harness();
  const before = await h.open();
  await before.accept('shard-0', records([line(1)]));
  await mkdir(join(h.root, 's3'), { recursive: true });
  await writeFile(bucket(h), '');
  await expect(before.close()).rejects.toThrow();
  await before.checkpoints.note([{ shard: 'shard-1', records: 3, lines: 3 }]);
  h.crash();
  await rm(bucket(h));

  const after = await h.open();
  expect(after.checkpoints.get('shard-0')).toEqual({ sequenceNumber: '1' });
  expect(after.checkpoints.passed('shard-1')).toEqual({ records: 3, lines: 3 });
  expect(await seqs(h)).toEqual([1]);
});

test('killed after staging: the next start does not deliver again what was delivered', async () => {
  const h = await harness();
  const first = await h.open();
  await first.accept('shard-0', records([line(1)]));
  await first.close();

  let writes = 0;
  const second = await h.open({
    beforeWrite() {
      writes += 1;
      if (writes > 1) throw new Error('killed before the journal');
    },
  });
  await second.accept('shard-0', records([line(2)], 2));
  await expect(second.close()).rejects.toThrow('killed');
  h.crash();

  const third = await h.open();
  expect(third.checkpoints.get('shard-0')).toEqual({ sequenceNumber: '1' });
  expect(await seqs(h)).toEqual([1]);
  await third.accept('shard-0', records([line(2)], 2));
  await third.flush();
  expect(await seqs(h)).toEqual([1, 2]);
});

test('a failing disk delays delivery, which is repeated without a second object', async () => {
  const h = await harness();
  const clock = new VirtualClock();
  const stream = await h.open({ clock });
  await mkdir(join(h.root, 's3'), { recursive: true });
  await writeFile(join(h.root, 's3', BUCKET), '');
  await stream.accept('shard-0', records([line(1), 'bad']));
  const failed = h.nextEvent();
  const flushed = stream.flush();
  await failed;
  await clock.advance(200);
  expect(h.events.length).toBeGreaterThan(1);
  expect(stream.checkpoints.get('shard-0')).toBeUndefined();
  await rm(join(h.root, 's3', BUCKET));
  await clock.advance(400);
  await flushed;
  expect(await h.keys()).toHaveLength(2);
  expect(stream.checkpoints.get('shard-0')).toEqual({ sequenceNumber: '2' });
});

test('the next buffer does not overtake a delayed one', async () => {
  const h = await harness();
  let writes = 0;
  const clock = new VirtualClock();
  const stream = await h.open({
    clock,
    properties: properties({ destination: { BufferingHints: { IntervalInSeconds: 900, SizeInMBs: 1 } } }),
    beforeWrite() {
      writes += 1;
      if (writes === 1) throw new Error('disk full');
    },
  });
  const pack = (rows: number) => Array.from({ length: rows }, (_, seq) => line(seq)).join('\n');
  await stream.accept('shard-0', records(Array.from({ length: 16 }, () => pack(500))));
  await stream.accept('shard-0', records([line(1)], 17));
  const flushed = stream.flush();
  await clock.advance(200);
  await flushed;
  const rows = h.events.flatMap((event) => (event.type === 'delivery' ? event.objects : []));
  expect(rows.map((object) => object.rows)).toEqual([8000, 1]);
  expect(stream.checkpoints.get('shard-0')).toEqual({ sequenceNumber: '17' });
});

test('a buffer that is given up holds back those after it', async () => {
  const h = await harness();
  const before = await h.open({
    properties: properties({ destination: { BufferingHints: { IntervalInSeconds: 900, SizeInMBs: 1 } } }),
  });
  const big = Array.from({ length: 16 }, () => Array.from({ length: 500 }, (_, seq) => line(seq)).join('\n'));
  // The folder of its partition cannot be created.
  await mkdir(join(bucket(h), 'readings'), { recursive: true });
  await writeFile(join(bucket(h), 'readings', 'dt=2026-11-22'), '');
  await before.accept('shard-0', records(big));
  await before.accept('shard-0', records([line(1, { timestamp_sent: '2026-11-23 10' })], 17));
  await expect(before.close()).rejects.toThrow();
  expect(before.checkpoints.get('shard-0')).not.toEqual({ sequenceNumber: '17' });
  h.crash();
  await rm(join(bucket(h), 'readings', 'dt=2026-11-22'));

  const after = await h.open();
  expect(after.checkpoints.get('shard-0')).toEqual({ sequenceNumber: '16' });
  expect(await h.rows()).toHaveLength(8000);
});

test('a close that fails still waits for what is being written', async () => {
  const h = await harness();
  const stream = await h.open({
    properties: properties({ destination: { BufferingHints: { IntervalInSeconds: 900, SizeInMBs: 1 } } }),
  });
  await mkdir(join(bucket(h), 'readings'), { recursive: true });
  await writeFile(join(bucket(h), 'readings', 'dt=2026-11-22'), '');
  const pack = Array.from({ length: 500 }, (_, seq) => line(seq)).join('\n');
  const packs = (count: number) => records(Array.from({ length: count }, () => pack));
  await stream.accept('shard-0', packs(16));
  await stream.accept('shard-0', packs(300));
  await stream.accept('shard-0', packs(300));
  await stream.accept('shard-0', packs(1));
  await expect(stream.close()).rejects.toThrow();
  const staging = join(h.root, 's3', '.incoming', 'Readings');
  const files = (await readdir(staging, { recursive: true })).filter((name) => name.endsWith('.parquet'));
  const rows = await Promise.all(files.map(async (name) => (await readParquet(join(staging, name))).length));
  expect(rows.sort((a, b) => a - b)).toEqual([8000, 150_000, 150_000]);
});

test('a record that was put directly outlives the process, and is delivered once', async () => {
  const h = await harness();
  const before = await h.open();
  await before.put(Buffer.from(line(1)));
  await before.flush();
  await Promise.all([before.put(Buffer.from(line(2))), before.put(Buffer.from(`${line(3)}\n`))]);
  h.crash();

  const after = await h.open();
  await after.put(Buffer.from('not json'));
  await after.close();
  expect(await seqs(h)).toEqual([1, 2, 3]);
  expect((await h.errors()).map(({ sequenceNumber }) => sequenceNumber)).toEqual([undefined]);
  expect(await readdir(join(h.root, 'firehose', 'Readings', 'spool'))).toEqual([]);
  expect((await h.open()).counts().rows).toBe(0);
});

test('a put that cannot be deleted from the spool does not hold up those after it', async () => {
  const h = await harness();
  const stream = await h.open();
  await stream.put(Buffer.from(line(1)));
  const segment = join(h.root, 'firehose', 'Readings', 'spool', 'segment-1');
  await rm(segment);
  await mkdir(segment);
  await stream.flush();
  await stream.put(Buffer.from(line(2)));
  await stream.flush();
  expect(await seqs(h)).toEqual([1, 2]);
  const notices = h.events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
  expect(notices).toEqual([
    expect.stringContaining('Deleting delivered records failed'),
    expect.stringContaining('Deleting delivered records failed'),
  ]);
  await rm(segment, { recursive: true });
});

test('a put that was cut off by a crash is skipped, those before and after it are not', async () => {
  const h = await harness();
  await (await h.open()).put(Buffer.from(line(1)));
  h.crash();
  const spool = join(h.root, 'firehose', 'Readings', 'spool');
  const [segment = ''] = await readdir(spool);
  const whole = await readFile(join(spool, segment));
  await appendFile(join(spool, segment), whole.subarray(0, whole.length - 1));

  const after = await h.open();
  await after.put(Buffer.from(line(2)));
  await after.close();
  expect(await seqs(h)).toEqual([1, 2]);
});

test('a spool that was cut or changed loses what was there, says how much, and delivers the others', async () => {
  const h = await harness();
  const before = await h.open();
  for (let i = 1; i <= 4; i += 1) await before.put(Buffer.from(line(i)));
  h.crash();
  const segment = join(h.root, 'firehose', 'Readings', 'spool', 'segment-1');
  const whole = await readFile(segment);
  const damaged = whole.subarray(0, whole.length - 1);
  damaged[20] = (damaged[20] as number) ^ 1;
  await writeFile(segment, damaged);

  const after = await h.open();
  await after.close();
  expect(await seqs(h)).toEqual([2, 3]);
  const lost = h.events.flatMap((event) => (event.type === 'notice' ? [event.lost] : []));
  expect(lost).toEqual([expect.stringMatching(/^2 records put to Readings: .*spool was damaged/)]);
});

test('a staged object that is gone when its move is made again is said with its lines', async () => {
  const h = await harness();
  const before = await h.open();
  await before.put(Buffer.from(line(1)));
  await before.flush();
  h.crash();
  for (const key of await h.keys()) await rm(join(bucket(h), key));
  await (await h.open()).close();
  const lost = h.events.flatMap((event) => (event.type === 'notice' ? [event.lost] : []));
  expect(lost).toEqual([expect.stringMatching(/^1 line that Readings was moving to the bucket .* is gone$/)]);
  await (await h.open()).close();
  expect(h.events.filter((event) => event.type === 'notice')).toHaveLength(1);
});

test('a put above 1000 KiB is refused', async () => {
  const h = await harness();
  const stream = await h.open();
  await expect(stream.put(Buffer.alloc(1000 * 1024 + 1))).rejects.toThrow(AwsError);
  await stream.put(Buffer.alloc(1000 * 1024));
  await stream.flush();
  expect(await h.errors()).toHaveLength(1);
});

test('at any moment, what a reader finds in the bucket is complete', async () => {
  const h = await harness();
  const hints = { BufferingHints: { IntervalInSeconds: 900, SizeInMBs: 1 } };
  const stream = await h.open({ properties: properties({ destination: hints }) });
  const pack = Array.from({ length: 500 }, (_, seq) => line(seq)).join('\n');
  let looks = 0;
  let done = false;
  const reader = (async () => {
    while (!done) {
      for (const key of await h.keys()) {
        expect(await readParquet(join(bucket(h), key))).not.toHaveLength(0);
        looks += 1;
      }
      await new Promise(setImmediate);
    }
  })();
  for (let i = 0; i < 4; i++)
    await stream.accept(
      'shard-0',
      records(
        Array.from({ length: 16 }, () => pack),
        i * 16,
      ),
    );
  await stream.flush();
  done = true;
  await reader;
  expect(looks).toBeGreaterThan(0);
  expect(stream.counts()).toMatchObject({ rows: 32_000, objects: 4 });
});

test('a closed stream takes nothing, and a foreign journal is refused', async () => {
  const h = await harness();
  const stream = await h.open();
  await stream.close();
  await expect(stream.accept('shard-0', records([line(1)]))).rejects.toThrow(/closed/);
  await expect(stream.put(Buffer.from(line(1)))).rejects.toThrow(/closed/);
  await writeFile(join(h.root, 'firehose', 'Readings', 'journal.json'), '{"x":');
  await expect(h.open()).rejects.toThrow(SetupError);
});

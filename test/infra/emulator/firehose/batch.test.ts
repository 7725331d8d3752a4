import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Batch, type Partition } from '../../../../infra/emulator/firehose/batch.ts';
import { harness } from './support/harness.ts';

async function batchWithPartition(): Promise<{ batch: Batch; partition: Partition }> {
  const { root } = await harness();
  const batch = new Batch(join(root, 'batch'), {
    catalogId: undefined,
    databaseName: 'd',
    tableName: 't',
    region: undefined,
    versionId: 'LATEST',
  });
  const partition = batch.partition(['2026-11-22', '10']);
  if (!partition) throw new Error('no partition');
  return { batch, partition };
}

const add = (batch: Batch, partition: Partition, row: string) =>
  batch.addRows(partition, Buffer.from(`${row}\n`), 1, 0);

test('what comes during a spill waits for the next spill', async () => {
  const { batch, partition } = await batchWithPartition();
  add(batch, partition, 'one');
  const spilled = batch.spill();
  await Promise.resolve();
  add(batch, partition, 'two');
  await spilled;
  add(batch, partition, 'three');
  await Promise.all([batch.spill(), batch.spill()]);
  expect(await readFile(partition.path, 'utf8')).toBe('one\ntwo\nthree\n');
  expect(partition.lines).toBe(3);
});

test('what a failed spill could not write, the next one writes, in order', async () => {
  const { batch, partition } = await batchWithPartition();
  add(batch, partition, 'one');
  await batch.spill();
  await rm(batch.folder, { recursive: true });
  await writeFile(batch.folder, 'in the way');
  add(batch, partition, 'two');
  const failed = batch.spill();
  add(batch, partition, 'three');
  await expect(failed).rejects.toThrow();
  await rm(batch.folder);
  await mkdir(batch.folder);
  await writeFile(partition.path, 'one\ncut o');
  await batch.spill();
  expect(await readFile(partition.path, 'utf8')).toBe('one\ntwo\nthree\n');
});

test('a batch is full until it is on disk, and again when there is more', async () => {
  const { batch, partition } = await batchWithPartition();
  const row = 'x'.repeat(1024 * 1024);
  const fill = () => [1, 2, 3, 4].forEach(() => void add(batch, partition, row));
  fill();
  expect(batch.isFull).toBe(true);
  await writeFile(batch.folder, 'in the way');
  await expect(batch.spill()).rejects.toThrow();
  // What could not be written is still in memory.
  expect(batch.isFull).toBe(true);
  await rm(batch.folder);
  await batch.spill();
  expect(batch.isFull).toBe(false);
  fill();
  expect(batch.isFull).toBe(true);
});

test('a file that has lost what was written is not appended to', async () => {
  const { batch, partition } = await batchWithPartition();
  add(batch, partition, 'one');
  await batch.spill();
  await rm(batch.folder, { recursive: true });
  add(batch, partition, 'two');
  await expect(batch.spill()).rejects.toThrow('Expected 4 bytes');
});

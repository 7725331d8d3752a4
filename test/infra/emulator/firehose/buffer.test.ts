import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DeliveryBuffer, type Partition } from '../../../../infra/emulator/firehose/buffer.ts';
import { harness } from './support/harness.ts';

async function bufferWithPartition(): Promise<{ buffer: DeliveryBuffer; partition: Partition }> {
  const { root } = await harness();
  const buffer = new DeliveryBuffer(join(root, 'batch'), {
    catalogId: undefined,
    databaseName: 'd',
    tableName: 't',
    region: undefined,
    versionId: 'LATEST',
  });
  const partition = buffer.partition(['2026-11-22', '10']);
  if (!partition) throw new Error('no partition');
  return { buffer, partition };
}

const add = (buffer: DeliveryBuffer, partition: Partition, row: string) =>
  buffer.addRows(partition, Buffer.from(`${row}\n`), 1, 0);

test('what comes during a spill waits for the next spill', async () => {
  const { buffer, partition } = await bufferWithPartition();
  add(buffer, partition, 'one');
  const spilled = buffer.spill();
  await Promise.resolve();
  add(buffer, partition, 'two');
  await spilled;
  add(buffer, partition, 'three');
  await Promise.all([buffer.spill(), buffer.spill()]);
  expect(await readFile(partition.path, 'utf8')).toBe('one\ntwo\nthree\n');
  expect(partition.lines).toBe(3);
});

test('what a failed spill could not write, the next one writes, in order', async () => {
  const { buffer, partition } = await bufferWithPartition();
  add(buffer, partition, 'one');
  await buffer.spill();
  await rm(buffer.folder, { recursive: true });
  await writeFile(buffer.folder, 'in the way');
  add(buffer, partition, 'two');
  const failed = buffer.spill();
  add(buffer, partition, 'three');
  await expect(failed).rejects.toThrow();
  await rm(buffer.folder);
  await mkdir(buffer.folder);
  await writeFile(partition.path, 'one\ncut o');
  await buffer.spill();
  expect(await readFile(partition.path, 'utf8')).toBe('one\ntwo\nthree\n');
});

test('a buffer is full until it is on disk, and again when there is more', async () => {
  const { buffer, partition } = await bufferWithPartition();
  const row = 'x'.repeat(1024 * 1024);
  const fill = () => [1, 2, 3, 4].forEach(() => void add(buffer, partition, row));
  fill();
  expect(buffer.isFull).toBe(true);
  await writeFile(buffer.folder, 'in the way');
  await expect(buffer.spill()).rejects.toThrow();
  // What could not be written is still in memory.
  expect(buffer.isFull).toBe(true);
  await rm(buffer.folder);
  await buffer.spill();
  expect(buffer.isFull).toBe(false);
  fill();
  expect(buffer.isFull).toBe(true);
});

test('a file that has lost what was written is not appended to', async () => {
  const { buffer, partition } = await bufferWithPartition();
  add(buffer, partition, 'one');
  await buffer.spill();
  await rm(buffer.folder, { recursive: true });
  add(buffer, partition, 'two');
  await expect(buffer.spill()).rejects.toThrow('Expected 4 bytes');
});

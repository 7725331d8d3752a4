import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadSpool } from '../../../../infra/emulator/firehose/spool.ts';
import { Segment } from '../../../../infra/emulator/kinesis/log/segment.ts';
import { openBucket } from '../../../../infra/emulator/s3/objects.ts';
import { writeFileAtomic } from '../../../../infra/emulator/state/atomic-file.ts';

/** What was synchronized, in its order, and whether the file was there under its name by then. */
let steps: string[];
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sync-'));
  steps = [];
  const probe = await open(folder, 'r');
  const prototype = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const { sync } = prototype;
  const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
    await sync.call(this);
    const path = readlinkSync(`/proc/self/fd/${this.fd}`).replace(folder, '.');
    const named = existsSync(join(folder, 'a/b/file')) ? ' with the name' : '';
    steps.push(`${path.replace(/\.[^/]*-[^/]*$/, 'temporary')}${named}`);
  });
  onTestFinished(() => {
    spy.mockRestore();
    rmSync(folder, { recursive: true });
  });
});

/** Only Linux tells which file a descriptor is. */
describe.skipIf(process.platform !== 'linux')('after a power cut', () => {
  it('a durable file is on the disk with its name, and so are the folders that were made for it', async () => {
    const path = join(folder, 'a/b/file');
    await writeFileAtomic(path, 'one', { durable: true });
    expect(readFileSync(path, 'utf8')).toBe('one');
    expect(steps).toEqual(['./a', '.', './a/b/temporary', './a/b with the name']);
    steps.length = 0;
    await writeFileAtomic(path, 'two', { durable: true });
    expect(steps).toEqual(['./a/b/temporary with the name', './a/b with the name']);
  });

  it('a file that need not be durable waits for no disk', async () => {
    await writeFileAtomic(join(folder, 'a/file'), 'one');
    expect(steps).toEqual([]);
  });

  it('a record that is put directly is durable from the first one of a segment on', async () => {
    const { spool } = await loadSpool(join(folder, 'spool'), 0);
    const put = () => spool.append([{ data: Buffer.from('x'), arrivalMs: 1 }]);
    expect(steps).toEqual(['.']);
    for (let i = 0; i < 2; i += 1) await put();
    expect(steps).toEqual(['.', './spool']);
    spool.rotate();
    await put();
    expect(steps).toEqual(['.', './spool', './spool']);
  });

  it('an object of a bucket and a segment of a shard are durable', async () => {
    await openBucket(folder).write('key', Buffer.from('x'));
    expect(steps).toEqual(['./temporary', '.']);
    steps.length = 0;
    await Segment.create(folder, 0, 0);
    expect(steps).toEqual(['.']);
  });
});

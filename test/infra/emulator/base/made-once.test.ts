import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { madeOnce } from '../../../../infra/emulator/base/made-once.ts';
import { createSigning } from '../../../../infra/emulator/sns/signing.ts';

it('is made when it is first needed, and once for all who need it', async () => {
  let made = 0;
  const use = madeOnce(async () => ++made);
  expect(made).toBe(0);
  expect(await Promise.all([use(), use()])).toEqual([1, 1]);
  expect(await use()).toBe(1);
});

it('is made anew where that failed', async () => {
  let tries = 0;
  const use = madeOnce(async () => {
    tries += 1;
    if (tries === 1) throw new Error('the disk is full');
    return tries;
  });
  await expect(Promise.all([use(), use()])).rejects.toThrow('the disk is full');
  expect(await use()).toBe(2);
});

it('holds for the key that signs notices: it is made when there is room again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signing-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const full = join(folder, 'full');
  const signing = createSigning(join(full, 'key.json'), () => 'http://127.0.0.1', Date.now);
  const notice = {
    Type: 'Notification',
    MessageId: '1',
    TopicArn: 'arn:t',
    Message: 'x',
    Timestamp: 'now',
  } as const;
  await expect(signing.sign(notice, '2')).rejects.toThrow('ENOENT');
  mkdirSync(full);
  expect((await signing.sign(notice, '2')).Signature).not.toBe('');
});

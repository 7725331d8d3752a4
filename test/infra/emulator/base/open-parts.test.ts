import { expect, it } from 'vitest';
import { OpenParts } from '../../../../infra/emulator/base/open-parts.ts';

it('closes in reverse, one after the other, and all of them although one fails', async () => {
  const closed: string[] = [];
  const open = new OpenParts();
  const part = (name: string, fails = false) =>
    open.add(async () => {
      await new Promise(setImmediate);
      closed.push(name);
      if (fails) throw new Error(`${name} failed`);
    });
  part('lock');
  const outer = open.count;
  part('stream');
  part('reader', true);
  part('page', true);
  await expect(open.closeDownTo(outer)).rejects.toThrow('page failed');
  expect(closed).toEqual(['page', 'reader', 'stream']);
  await open.closeDownTo(0);
  await open.closeDownTo(0);
  expect(closed).toEqual(['page', 'reader', 'stream', 'lock']);
});

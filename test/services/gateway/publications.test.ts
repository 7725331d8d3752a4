import { expect, it } from 'vitest';
import { createIntake } from '../../../services/gateway/intake/intake.ts';
import { Publications } from '../../../services/gateway/intake/publications.ts';
import type { Spool } from '../../../services/gateway/spool/spool.ts';
import { line } from './support/readings.ts';

it('stores what came whole from a device that has left meanwhile, without quality of service too', async () => {
  const stored: string[] = [];
  const gone = new AbortController();
  let done = () => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const spool: Pick<Spool, 'append'> = {
    async append(lines) {
      stored.push(...lines);
      if (stored.length === 1) {
        // Another message is here, and its device has left, before the first is on the disk.
        add(2);
        gone.abort();
      }
      return true;
    },
  };
  const publications = new Publications({
    intake: createIntake(spool as Spool, 'plant-1', undefined),
    ...{ stop: gone.signal, keepRejected: async () => {}, acknowledge: () => {} },
    onStored: () => stored.length === 2 && done(),
    onNotStored: done,
  });
  const add = (seq: number) =>
    publications.add({
      ...{ cmd: 'publish', topic: 'readings', payload: line(seq), qos: 0, retain: false, dup: false },
    });
  add(1);
  await all;
  expect(stored.map((text) => JSON.parse(text).seq)).toEqual([1, 2]);
});

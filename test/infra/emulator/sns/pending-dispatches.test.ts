import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Dispatch, loadDispatchJournal } from '../../../../infra/emulator/sns/pending-dispatches.ts';
import { temporaryFolder } from './support/harness.ts';

let parent: ReturnType<typeof temporaryFolder>;
let folder: string;
let file: string;
beforeEach(() => {
  parent = temporaryFolder();
  folder = join(parent.path, 'state');
  mkdirSync(folder);
  file = join(folder, 'sns-pending.ndjson');
});
afterEach(() => parent.remove());

const dispatch = (record: string): Dispatch => ({ subscriptionArn: 'a', deliveryStreamArn: 'd', record });
const left = () => loadDispatchJournal(file).left.map(([, due]) => ('record' in due ? due.record : ''));
const whileUnwritable = (work: () => void) => {
  renameSync(folder, `${folder}-away`);
  work();
  renameSync(`${folder}-away`, folder);
};

it('takes all dispatches of a message, or none when they cannot be written', () => {
  const journal = loadDispatchJournal(file);
  journal.due([dispatch('1')]);
  whileUnwritable(() => expect(() => journal.due([dispatch('2'), dispatch('3')])).toThrow('ENOENT'));
  journal.due([dispatch('4'), dispatch('5')]);
  expect(left()).toEqual(['1', '4', '5']);
});

it('does not fail, and repeats nothing, when it cannot be written that a dispatch is done', () => {
  const journal = loadDispatchJournal(file);
  const [first = ''] = journal.due([dispatch('1'), dispatch('2')]);
  whileUnwritable(() => journal.done(first));
  journal.due([dispatch('3')]);
  expect(left()).toEqual(['2', '3']);
});

it('counts entries that are damaged, keeps the others, and reads the file of an earlier version', () => {
  loadDispatchJournal(file).due([dispatch('1'), dispatch('2'), dispatch('3')]);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"record":"2"', '"record":"X"'));
  const journal = loadDispatchJournal(file);
  expect(journal.lost).toBe(1);
  expect(left()).toEqual(['1', '3']);
  file = join(folder, 'old.ndjson');
  writeFileSync(file, `${JSON.stringify({ id: 'x', due: dispatch('old') })}\n{"id":"half`);
  expect(left()).toEqual(['old']);
});

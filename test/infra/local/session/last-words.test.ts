import { expect, it } from 'vitest';
import { lastWords } from '../../../../infra/local/session/last-words.ts';

it.each([
  [
    'IO error: /state/kinesis/000006.log: No space left on device',
    'Stopped, because /state/kinesis/000006.log cannot be written: the disk is full: free some space.',
  ],
  [
    "EMFILE: too many open files, open '/state/mail/1.eml'",
    'Stopped, because too many files are open: raise the limit (ulimit -n).',
  ],
  ['spawn /usr/bin/node EMFILE', 'Stopped, because too many files are open: raise the limit (ulimit -n).'],
])('a disk that refuses is one sentence: %s', (message, sentence) => {
  expect(lastWords(new Error(message))).toBe(
    `${sentence} Nothing acknowledged is lost: start again, and what is not delivered yet will be.`,
  );
});

it('so is a database that turns out to be damaged while it is read', () => {
  const message = 'Corruption: block checksum mismatch: /state/kinesis/000005.ldb';
  expect(lastWords(new Error(message))).toBe(
    `Stopped, because /state/kinesis/000005.ldb is damaged (${message}). Move its folder away and start again: the start says what is lost.`,
  );
});

it('a fault of the program is not hidden behind a sentence', () => {
  expect(lastWords(new TypeError('x is undefined'))).toBeUndefined();
});

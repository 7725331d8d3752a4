import { expect, it } from 'vitest';
import { LineSplitter } from '../../../../infra/emulator/lambda/line-splitter.ts';

function split(...pieces: string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const piece of pieces) splitter.add(piece);
  splitter.end();
  return lines;
}

it('gives every line once and in order, however the text arrives', () => {
  const text = 'one\n\ntwo\nthree';
  const whole = ['one', '', 'two', 'three'];
  expect(split(text)).toEqual(whole);
  expect(split(...text)).toEqual(whole);
  expect(split('one\n', '')).toEqual(['one']);
});

it('cuts a line that does not end after 1 MB, and holds no more of it', () => {
  const MB = 1024 * 1024;
  const lines = split(...Array.from({ length: 40 }, () => 'x'.repeat(MB / 16)), 'y\nz');
  expect(lines.map((line) => line.length)).toEqual([MB, MB, MB / 2 + 1, 1]);
  expect(split('x'.repeat(2 * MB)).map((line) => line.length)).toEqual([MB, MB]);
});

import { describe, expect, it } from 'vitest';
import { formatCost } from '../../../infra/cli/athena-price.ts';
import { clip, formatBytes, plain, plural, wrap } from '../../../infra/cli/text.ts';

it.each([
  [999, '999 B'],
  [176_730, '176.7 KB'],
  [2_500_000_000, '2.5 GB'],
])('%i bytes are %s', (bytes, expected) => expect(formatBytes(bytes)).toBe(expected));

it.each([
  [0, '$0.00005'],
  [10_000_000, '$0.00005'],
  [200_000_000, '$0.00100'],
  [1e12, '$5.00'],
])('a scan of %i bytes costs %s', (bytes, expected) => expect(formatCost(bytes)).toBe(expected));

describe('text in lines', () => {
  it('is broken at blanks, and indented as far as its head reaches', () => {
    expect(wrap('one two three', '- ', 9)).toEqual(['- one two', '  three']);
    expect(wrap('one', 'Result  ')).toEqual(['Result  one']);
    expect(wrap('')).toEqual(['']);
  });

  it('keeps a word that is longer than the line', () => {
    expect(wrap('see /a/very/long/path now', '', 8)).toEqual(['see', '/a/very/long/path', 'now']);
  });
});

it('of others moves no cursor and turns nothing around', () => {
  expect(plain('a\u001b[2J\nb\u202ec\u0007é 😀')).toBe('a␤[2J␤b␤c␤é 😀');
});

it('counts things', () => {
  expect(plural(1, 'row')).toBe('1 row');
  expect(plural(1234, 'batch', 'batches')).toBe('1,234 batches');
});

it('clips what is too long', () => {
  expect([clip('abcd', 4), clip('abcde', 4)]).toEqual(['abcd', 'abc…']);
});

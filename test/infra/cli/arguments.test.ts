import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  addSetting,
  duration,
  oneOf,
  port,
  positiveDuration,
  positiveNumber,
  setting,
  share,
  wholeNumber,
} from '../../../infra/cli/arguments.ts';

describe('a value', () => {
  it.each([
    [wholeNumber(1, 9), '7', 7],
    [port, '0', 0],
    [positiveNumber, '0.5', 0.5],
    [share, '1', 1],
    [duration, '0s', 0],
    [positiveDuration, '1.5s', 1500],
    [setting, 'a=b=c', ['a', 'b=c']],
  ])('%o of %s', (parse, text, value) => expect(parse(text)).toEqual(value));

  it.each([
    [wholeNumber(1, 9), '10', 'Expected a whole number from 1 to 9, got "10".'],
    [wholeNumber(0), '1e3', 'Expected a whole number from 0 to 9007199254740991, got "1e3".'],
    [port, ' ', 'Expected a whole number from 0 to 65535, got " ".'],
    [positiveNumber, '0', 'Expected a number above 0, got "0".'],
    [share, '1.1', 'Expected a share from 0 to 1, such as 0.02 for 2 %, got "1.1".'],
    [duration, 'soon', 'Expected a duration such as 250ms, 5s, 10m, 2h or 1d, got "soon".'],
    [positiveDuration, '0s', 'Expected a duration above 0, got "0s".'],
    [setting, '=2', 'Expected name=value, such as shards=2.'],
    [(text: string) => oneOf(['a', 'b'], text, 'a letter'), 'c', 'Expected a letter (a, b), got "c".'],
  ])('%o refuses %s with what it expected', (parse, text, message) => {
    expect(() => parse(text)).toThrow(new InvalidArgumentError(message));
  });

  it('is set once: neither the first nor the last one wins in silence', () => {
    const one = addSetting('shards=2');
    expect(addSetting('logLevel=WARN', one)).toEqual({ shards: '2', logLevel: 'WARN' });
    expect(() => addSetting('shards=3', one)).toThrow('Expected shards once, got 2 and 3.');
  });
});

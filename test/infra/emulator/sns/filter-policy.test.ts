import { describe, expect, it } from 'vitest';
import { matches, parseFilterPolicy } from '../../../../infra/emulator/sns/filter-policy.ts';
import type { MessageAttribute } from '../../../../infra/emulator/sns/message.ts';

const text = (value: string) => ({ type: 'String', value });
const number = (value: number) => ({ type: 'Number', value: String(value) });
const array = (...values: unknown[]) => ({ type: 'String.Array', value: JSON.stringify(values) });

const passes = (policy: unknown, attributes: Record<string, MessageAttribute>) =>
  matches(parseFilterPolicy(JSON.stringify(policy)), { attributes, body: '' });

describe('a filter policy', () => {
  it.each([
    ['exact string', ['critical'], text('critical'), text('warning')],
    ['one of several', ['warning', 'critical'], text('warning'), text('info')],
    ['case', ['Critical'], text('Critical'), text('critical')],
    ['prefix', [{ prefix: 'crit' }], text('critical'), text('uncritical')],
    ['suffix', [{ suffix: 'cal' }], text('critical'), text('critically')],
    ['equals-ignore-case', [{ 'equals-ignore-case': 'CRITICAL' }], text('critical'), text('critica')],
    ['anything-but', [{ 'anything-but': ['info', 'warning'] }], text('critical'), text('info')],
    ['anything-but a single value', [{ 'anything-but': 'info' }], text('critical'), text('info')],
    ['anything-but a prefix', [{ 'anything-but': { prefix: 'in' } }], text('critical'), text('info')],
    ['anything-but numbers', [{ 'anything-but': [100, 500] }], number(100.1), number(100)],
    ['numeric =', [{ numeric: ['=', 301.5] }], number(3.015e2), number(301)],
    ['numeric <', [{ numeric: ['<', 0] }], number(-1), number(0)],
    ['numeric range', [{ numeric: ['>', 0, '<=', 150] }], number(150), number(0)],
    ['a bare number', [5], number(5), text('5')],
    ['numeric, and text that looks like it', [{ numeric: ['=', 5] }], number(5), text('5')],
    ['an element of an array', ['rugby'], array('football', 'rugby'), array('football')],
    ['true in an array', [true], array(true, 1), array('true')],
    ['null in an array', [null], array(null), array('null')],
    ['some element is another', [{ 'anything-but': ['rugby'] }], array('rugby', 'tennis'), array('rugby')],
    ['text that is not JSON in an array', ['rugby'], { type: 'String.Array', value: 'rugby' }, array('x')],
  ])('matches by %s', (_name, conditions, yes, no) => {
    expect(passes({ severity: conditions }, { severity: yes })).toBe(true);
    expect(passes({ severity: conditions }, { severity: no })).toBe(false);
  });

  it('requires every key that it names, and no other', () => {
    const policy = { severity: ['critical'], rule: ['overheating'] };
    expect(passes(policy, { severity: text('critical'), rule: text('overheating'), site: text('a') })).toBe(
      true,
    );
    expect(passes(policy, { severity: text('critical'), rule: text('disk') })).toBe(false);
    expect(passes(policy, { severity: text('critical') })).toBe(false);
  });

  it('distinguishes a missing attribute from a present one', () => {
    expect(passes({ rule: [{ exists: true }] }, { rule: text('x') })).toBe(true);
    expect(passes({ rule: [{ exists: true }] }, { site: text('x') })).toBe(false);
    expect(passes({ rule: [{ exists: false }] }, { site: text('x') })).toBe(true);
    expect(passes({ rule: [{ exists: false }] }, { rule: text('x') })).toBe(false);
    expect(passes({ rule: [{ 'anything-but': 'x' }] }, { site: text('x') })).toBe(false);
    expect(passes({ rule: [{ 'anything-but': 'x' }, { exists: false }] }, { site: text('x') })).toBe(true);
  });

  it('takes a key without a value neither for present nor for absent', () => {
    const body = (policy: unknown, json: unknown) =>
      matches(parseFilterPolicy(JSON.stringify(policy), 'MessageBody'), {
        ...{ attributes: {}, body: JSON.stringify(json) },
      });
    for (const empty of [null, '']) {
      expect(body({ rule: [{ exists: true }] }, { rule: empty })).toBe(false);
      expect(body({ rule: [{ exists: false }] }, { rule: empty })).toBe(false);
    }
    expect(body({ rule: [{ exists: true }] }, { rule: [null, 0] })).toBe(true);
    expect(body({ rule: [{ exists: true }] }, { rule: false })).toBe(true);
    expect(passes({ rule: [{ exists: true }] }, { rule: array(null) })).toBe(false);
  });

  it('matches no message without attributes, not even by exists: false', () => {
    expect(passes({ rule: [{ exists: false }] }, {})).toBe(false);
    expect(passes({}, {})).toBe(true);
  });

  it('ignores binary attributes', () => {
    expect(passes({ blob: ['YQ=='] }, { blob: { type: 'Binary', value: 'YQ==' } })).toBe(false);
  });

  it.each([
    ['text that is not JSON', 'nonsense', /failed to parse JSON/],
    ['a list', '[]', /expected a JSON object/],
    ['a key without a list', '{"a":"b"}', /"a" must be an array/],
    ['an empty list', '{"a":[]}', /"a" must not be empty/],
    ['more than five keys', '{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}', /at most 5 keys, got 6/],
    ['an unknown operator', '{"a":[{"like":"x"}]}', /operator like is unknown or not emulated/],
    ['the name of an inherited property', '{"a":[{"constructor":"x"}]}', /operator constructor is unknown/],
    ['an address range', '{"a":[{"cidr":"10.0.0.0/8"}]}', /cidr is unknown or not emulated/],
    ['$or', '{"$or":[{"a":["b"]}]}', /\$or operator is not emulated/],
    ['a wrong numeric operator', '{"a":[{"numeric":["~",1]}]}', /unrecognized numeric range operator: ~/],
    ['half a range', '{"a":[{"numeric":[">",1,"<="]}]}', /numeric expects/],
    ['a range the wrong way round', '{"a":[{"numeric":["<",1,">",0]}]}', /first and/],
    ['numbers beyond 10^9', '{"a":[{"numeric":["=",2e9]}]}', /between -10\^9 and 10\^9/],
    ['exists with a string', '{"a":[{"exists":"yes"}]}', /exists match pattern must be either true or false/],
    ['a prefix that is a number', '{"a":[{"prefix":1}]}', /prefix match pattern must be a string/],
    ['two operators in one', '{"a":[{"prefix":"a","suffix":"b"}]}', /one operator/],
    ['two in one that is negated', '{"a":[{"anything-but":{"prefix":"a","suffix":"b"}}]}', /one operator/],
  ])('is refused with %s', (_name, policy, message) => {
    expect(() => parseFilterPolicy(policy)).toThrow(message);
  });

  it.each(['{"a":{}}', '{"b":[1],"a":{"c":{}}}'])(
    'over the body, is refused with nothing inside: %s',
    (policy) => {
      expect(() => parseFilterPolicy(policy, 'MessageBody')).toThrow(/"[ac]" must not be empty/);
    },
  );

  it('is refused if it has too many combinations', () => {
    const values = (count: number) => Array.from({ length: count }, (_, i) => i);
    expect(() => parseFilterPolicy(JSON.stringify({ a: values(15), b: values(10) }))).not.toThrow();
    expect(() => parseFilterPolicy(JSON.stringify({ a: values(151) }))).toThrow(
      /at most 150 combinations, got 151/,
    );
  });
});

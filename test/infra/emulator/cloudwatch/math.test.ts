import { describe, expect, it } from 'vitest';
import { evaluate, type Series } from '../../../../infra/emulator/cloudwatch/math/evaluate.ts';
import { idsIn, parseExpression } from '../../../../infra/emulator/cloudwatch/math/parse.ts';

const _ = undefined;
const run = (text: string, series: Record<string, Series>, fillsEmpty = false) =>
  evaluate(parseExpression(text), (id) => series[id] ?? [], { fillsEmpty });

/** The examples of CloudWatch's user guide, "Metric math syntax and functions". */
describe("AWS' examples of metric math", () => {
  const compared = { metric1: [30, 20, 0, 0], metric2: [20, _, 20, _] };
  it.each([
    ['metric1 < metric2', [0, 0, 1, 0]],
    ['metric1 >= 30', [1, 0, 0, 0]],
    ['metric1 > 15 AND metric2 > 15', [1, 0, 0, 0]],
    ['metric1 > 15 && metric2 > 15', [1, 0, 0, 0]],
  ])('%s', (text, expected) => expect(run(text, compared)).toEqual(expected));

  const chosen = { metric1: [1, 1, 0, 0, _], metric2: [30, _, 0, 0, 30], metric3: [0, 0, 20, _, 20] };
  it.each([
    ['IF(metric1, metric2, metric3)', [30, 0, 20, _, _]],
    ['IF(metric1, 5, metric3)', [5, 5, 20, _, _]],
    ['IF(metric1, metric2, 5)', [30, 0, 5, 5, _]],
    ['IF(metric1, metric2)', [30, 0, _, _, _]],
    ['IF(metric1<400, 10, 2)', [10, 10, 10, 10, _]],
  ])('%s', (text, expected) => expect(run(text, chosen)).toEqual(expected));
});

describe('metric math', () => {
  it('counts a missing value as 0 where the other series has one, and drops a division by zero', () => {
    expect(run('a + b', { a: [1, 2, _, _], b: [10, _, 30, _] })).toEqual([11, 2, 30, _]);
    expect(run('100 * a / b', { a: [1, 1], b: [4, 0] })).toEqual([25, _]);
    expect(run('-a * 2', { a: [1, _] })).toEqual([-2, _]);
  });

  it('binds as usual', () => {
    expect(run('a + b * 2 > 6 OR a == 1 AND b < 1', { a: [1, 3], b: [1, 2] })).toEqual([0, 1]);
    expect(run('(a + b) * 2', { a: [1], b: [2] })).toEqual([6]);
  });

  it.each([true, false])('fills gaps, and an empty series where that is believed (%s)', (fillsEmpty) => {
    expect(run('FILL(a, 7)', { a: [1, _] }, fillsEmpty)).toEqual([1, 7]);
    expect(run('FILL(a, 7)', { a: [_, _] }, fillsEmpty)).toEqual(fillsEmpty ? [7, 7] : [_, _]);
  });

  it('names the metrics that it needs', () => {
    expect(idsIn(parseExpression('IF(a > 0 AND FILL(b, 0) < 1, -c, d)'))).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    ['SUM(METRICS())', 'got SUM'],
    ['RATE(a)', 'got RATE'],
    ['a + ', 'got '],
    ['A + 1', 'got A'],
    ['a ? b', 'got ?'],
    ['(a', 'expected )'],
    ['a b', 'expected the end, got b'],
    ['FILL(a)', 'arguments of FILL'],
  ])('refuses what it does not know: %s', (text, words) => {
    expect(() => parseExpression(text)).toThrow(words);
  });
});

import { describe, expect, it } from 'vitest';
import {
  type Condition,
  judge,
  type MissingData,
  rangeOf,
} from '../../../../infra/emulator/cloudwatch/state.ts';

/** Such as `0 - X - X`: within the threshold, missing, breaching; the newest is the last. */
const points = (text: string) =>
  text.split(' ').map((one) => ({ '-': undefined, '0': 0, X: 9 })[one] as number | undefined);

const condition = (treatMissingData: MissingData, datapointsToAlarm = 3): Condition => ({
  ...{ comparison: 'GreaterThanThreshold', threshold: 1, evaluationPeriods: 3 },
  ...{ datapointsToAlarm, treatMissingData },
});

const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
const states = (text: string, m: number) =>
  TREATMENTS.map((treatment) => {
    // To see that a state is retained, ask from both.
    const [fromOk, fromAlarm] = (['OK', 'ALARM'] as const).map(
      (current) => judge(points(text), condition(treatment, m), current).state,
    );
    return fromOk === fromAlarm ? fromOk : 'retained';
  });

/** The tables of CloudWatch's user guide, "How alarm state is evaluated when data is missing". */
describe("AWS' tables of missing data", () => {
  const INSUFFICIENT = 'INSUFFICIENT_DATA';
  it.each([
    ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', INSUFFICIENT, 'retained', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'retained', 'ALARM', 'OK'],
    // From the older edition, and from the text below the tables.
    ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
    ['X - - - -', 'ALARM', 'retained', 'ALARM', 'OK'],
    ['- - - - X', INSUFFICIENT, 'retained', 'ALARM', 'OK'],
    ['- - - X -', INSUFFICIENT, 'retained', 'ALARM', 'OK'],
  ])('3 out of 3: %s', (text, ...expected) => {
    expect(states(text, 3)).toEqual(expected);
  });

  it.each([
    ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', 'retained', 'ALARM', 'OK'],
    ['- - - - X', INSUFFICIENT, 'retained', 'ALARM', 'OK'],
  ])('2 out of 3: %s', (text, ...expected) => {
    expect(states(text, 2)).toEqual(expected);
  });

  it('looks at two periods more than it evaluates, as in these tables', () => {
    expect(rangeOf(condition('missing'))).toBe(5);
  });
});

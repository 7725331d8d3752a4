import { describe, expect, it } from 'vitest';
import { didYouMean, UserError } from '../../../infra/cli/user-error.ts';

const KNOWN = ['fleet-now', 'hottest-devices', 'hourly-summary', 'device-last-hour'];
const meant = (typed: string) => didYouMean(typed, KNOWN, 'These are known.');

describe('a suggestion', () => {
  it.each([
    ['hotest-device', 'Did you mean hottest-devices?'],
    ['FLEET-NOW', 'Did you mean fleet-now?'],
    ['hour', 'Did you mean hourly-summary or device-last-hour?'],
    ['entirely-other', 'These are known.'],
  ])('for %s', (typed, sentence) => expect(meant(typed)).toBe(sentence));
});

it('a misuse is told from what could not be done', () => {
  const cause = new Error('why');
  expect(UserError.misuse('no', { cause })).toMatchObject({ message: 'no', misuse: true, cause });
  expect(new UserError('no').misuse).toBe(false);
});

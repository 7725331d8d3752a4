// The check of the rules while they are typed, and what it came to.
import { postJson } from './api.js';

/** @import { RulesCheck } from '../rules-answers.ts' */

const CHECK_AFTER_MS = 250;

/**
 * What comes for a text that is not the one in the editor any more is dropped.
 * @param {() => string} current the text as it is now
 * @param {(text: string, answer: RulesCheck) => void} onAnswer @param {(error: unknown) => void} onError
 */
export function createChecks(current, onAnswer, onError) {
  let timer = 0;

  async function check() {
    clearTimeout(timer);
    const text = current();
    try {
      const answer = await postJson('/api/rules-check', { text });
      if (text === current()) onAnswer(text, answer);
    } catch (error) {
      if (text === current()) onError(error);
    }
  }

  return {
    now: check,
    /** When nothing is typed for a moment. */
    soon() {
      clearTimeout(timer);
      timer = setTimeout(check, CHECK_AFTER_MS);
    },
  };
}

/** @param {RulesCheck} answer */
export function statusWords({ problems, changes, diff }) {
  if (problems.length > 0) return problems.length === 1 ? 'One problem:' : `${problems.length} problems:`;
  if (changes.length > 0)
    return `No problem. Differs from what runs: ${changes.map(({ rule, how }) => `${rule} ${how}`).join(', ')}.`;
  return diff === ''
    ? 'No problem. It is what runs.'
    : 'No problem. Written otherwise, but it means what runs.';
}

// What is wrong with the text of the rules: each with its place, to which a button leads.
import { el, fillEach } from './dom.js';
import { brokenAt } from './json-break.js';
import { lineAt, placeOf } from './json-places.js';

/** @import { RulesCheck } from '../rules-answers.ts' */
/** @import { Path, Place } from './json-places.js' */

/** @typedef {{ path: Path, message: string, from: number, to: number, line: number }} Problem */

/** @type {(text: string, places: Place[], problems: RulesCheck['problems']) => Problem[]} */
export const locate = (text, places, problems) =>
  problems.map(({ path, message }) => {
    const broken = brokenAt(text);
    const place = broken === undefined ? placeOf(places, path) : { from: broken, to: broken + 1 };
    const { from, to } = place ?? { from: 0, to: 0 };
    return { path, message, from, to, line: lineAt(text, from) };
  });

/** @param {HTMLElement} box @param {Problem[]} problems @param {(problem: Problem) => void} onChosen */
export function drawProblems(box, problems, onChosen) {
  fillEach(box, problems, (problem) =>
    el(
      'li',
      el('button.link', { type: 'button', onclick: () => onChosen(problem) }, `Line ${problem.line}`),
      ' ',
      problem.path.length > 0 && el('code', pathWords(problem.path)),
      problem.path.length > 0 && ': ',
      problem.message,
    ),
  );
}

/** @param {Path} path */
const pathWords = (path) =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');

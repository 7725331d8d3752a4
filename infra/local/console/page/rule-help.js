// What a field of the rules file means: the one under the cursor, or all that a rule there can have.
import { el, fields, fill } from './dom.js';

/** @import { RuleField } from '../rules-answers.ts' */
/** @import { Path } from './json-places.js' */

/** `severity.threshold` for `rules[2].severity[0].threshold`. @param {Path} path */
export const fieldAt = (path) =>
  path
    .slice(2)
    .filter((part) => typeof part === 'string')
    .join('.');

/**
 * @param {HTMLElement} box @param {RuleField[]} fields @param {Path} path of what the cursor is in
 * @param {string} kind of that rule
 */
export function drawHelp(box, fields, path, kind) {
  const isInRule = path[0] === 'rules' && typeof path[1] === 'number';
  const name = fieldAt(path);
  const own = fields.filter((field) => field.kinds.includes(kind));
  const field = own.find((one) => one.name === name);
  if (isInRule && field) fill(box, aboutField(field));
  else if (isInRule) fill(box, listOf(own, kind, name));
  else fill(box, el('p.muted', 'Put the cursor into a rule, and this says what can be written there.'));
}

/** @param {RuleField} field */
const aboutField = ({ name, meaning, takes, isRequired, default: fallback, range }) => [
  el('h3', el('code', name)),
  el('p', meaning),
  fields([
    ['Takes', takes],
    ['Range', range],
    ['Default', fallback],
    ['Needed', isRequired ? 'yes' : 'no'],
  ]),
];

/** @type {(fields: RuleField[], kind: string, wrong: string) => Node[]} */
const listOf = (fields, kind, wrong) => [
  el('h3', `Fields of a ${kind} rule`),
  el(
    'ul.plain.field-list',
    fields
      .filter(({ name }) => !name.includes('.'))
      .map(({ name, isRequired, meaning }) =>
        el('li', el('code', name), isRequired && el('span.muted', ' needed'), el('span', ` ${meaning}`)),
      ),
  ),
  ...(wrong === '' ? [] : [el('p.muted', `A ${kind} rule has no field ${wrong}.`)]),
];

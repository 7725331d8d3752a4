// Questions to the lake: saved ones, each with an address, and a box for one's own.
import { addressOf } from './address.js';
import { getJson } from './api.js';
import { all, button, byId, el, fillEach } from './dom.js';
import { createPast } from './query-past.js';
import { createResult } from './query-result.js';

/** @import { SavedQuery } from '../page-answers.ts' */
/** @import { Address } from './address.js' */
/** @import { Router } from './router.js' */

const HINT =
  'Pick a saved query, or write your own: the answer comes with the bytes that it scanned, and what they would cost on AWS.';
/** A longer query has no address. */
const MAX_SQL = 2_000;
/** Choices of the address that are not parameters. */
const SQL = 'sql';

/** @param {Address} address */
const titleOf = ({ names: [name] }) => (name === undefined ? 'History' : `Query ${name}`);

/** @param {Router} router @throws Error when the saved queries cannot be loaded */
export async function createHistory(router) {
  router.add('queries', { title: titleOf });
  const form = byId('history-form', HTMLFormElement);
  const sql = byId('sql', HTMLTextAreaElement);
  const question = () => ({ sql: sql.value, parameters: parameterInputs().map(({ value }) => value) });
  const result = createResult(question);
  result.clear(HINT);
  const saved = await getJson('/api/queries');
  const past = createPast();
  let shownFor = '';

  /** @param {SavedQuery} query @param {URLSearchParams} values of its parameters */
  function choose(query, values) {
    sql.value = query.sql;
    drawParameters(query.parameters, values);
    const missing = parameterInputs().find(({ value }) => value === '');
    if (!missing) return run();
    missing.focus();
    result.clear(`${query.name} needs ${query.parameters.join(' and ')}: fill in, then run it.`);
  }

  async function run() {
    const { name, parameters } = chosen();
    const values = Object.fromEntries(parameterInputs().map((input) => [input.name, input.value]));
    const address = name
      ? addressOf(['queries', name], values)
      : addressOf(['queries'], sql.value.length > MAX_SQL ? {} : { [SQL]: sql.value });
    shownFor = address;
    if (location.hash !== address) history.replaceState(null, '', address);
    past.add({ name: name ?? sql.value, address, sql: sql.value, parameters });
    await result.run(name ?? 'query');
  }

  /** The saved query that is in the box, if it is one. */
  function chosen() {
    const { sql: text, parameters } = question();
    return { name: saved.find((query) => query.sql === text)?.name, parameters };
  }

  /** @param {Address} address */
  function show({ names: [name], query }) {
    press(name);
    if (shownFor === location.hash) return;
    shownFor = location.hash;
    if (name === undefined) {
      const text = query.get(SQL);
      if (text === null) return;
      sql.value = text;
      drawParameters([], query);
      // A query costs money on AWS: following a link does not run one that nobody has seen.
      return result.clear('From the address: read it, then run it.');
    }
    const found = saved.find((one) => one.name === name);
    if (found) choose(found, query);
    else result.clear(`There is no saved query ${name}.`);
  }

  fillEach(byId('history-saved'), saved, (query) =>
    savedButton(query, () => {
      const address = addressOf(['queries', query.name]);
      if (location.hash === address) choose(query, new URLSearchParams());
      else location.hash = address;
    }),
  );
  sql.addEventListener('input', () => {
    press(undefined);
    if (!sql.value.includes('?')) drawParameters([], new URLSearchParams());
  });
  sql.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener('input', result.compare);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run();
  });
  const first = saved[0];
  if (first && sql.value === '') sql.value = first.sql;
  router.add('queries', { title: titleOf, show });
  const now = router.now();
  if (now?.page === 'queries') show(now);
}

/** @type {(query: SavedQuery, onChosen: () => void) => HTMLElement} */
const savedButton = ({ name, description }, onChosen) =>
  button(name, onChosen, { 'aria-pressed': 'false', 'data-name': name, title: description });

/** @param {string | undefined} name the saved query that is in the box */
function press(name) {
  for (const one of all('button', byId('history-saved')))
    one.setAttribute('aria-pressed', String(one.dataset.name === name));
}

const parameterInputs = () => [...byId('history-parameters').querySelectorAll('input')];

/** @param {string[]} names @param {URLSearchParams} values */
function drawParameters(names, values) {
  fillEach(byId('history-parameters'), names, (name) =>
    el(
      'label',
      `${name} `,
      el('input', {
        name,
        required: true,
        size: 14,
        spellcheck: 'false',
        autocomplete: 'off',
        value: values.get(name) ?? '',
        placeholder: name === 'DEVICE_ID' ? 'dev-3' : '',
      }),
    ),
  );
}

// Queries of the lake: saved ones as buttons, and a box for your own.
import { getJson, messageOf, postJson } from './api.js';
import { all, byId, el, fill } from './dom.js';
import { drawAnswer, drawFailure } from './query-answer.js';

/** @import { SavedQuery } from '../page-answers.ts' */

const FIRST = 'fleet-now';

/** @throws Error when the saved queries cannot be loaded */
export async function createHistory() {
  const form = byId('history-form', HTMLFormElement);
  const sql = byId('sql', HTMLTextAreaElement);
  const run = queryRunner(sql, byId('history-result'));
  const saved = await getJson('/api/queries');
  fill(
    byId('history-saved'),
    saved.map((query) =>
      savedButton(query, () => {
        sql.value = query.sql;
        drawParameters(query.parameters);
        const [input] = parameterInputs();
        if (input) input.focus();
        else run();
      }),
    ),
  );
  const first = saved.find(({ name }) => name === FIRST);
  if (first && sql.value === '') sql.value = first.sql;
  sql.addEventListener('input', () => {
    press(undefined);
    if (!sql.value.includes('?')) drawParameters([]);
  });
  sql.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run();
  });
}

/** @type {(query: SavedQuery, onChosen: () => void) => HTMLElement} */
const savedButton = ({ name, description }, onChosen) =>
  el(
    'button',
    {
      type: 'button',
      'aria-pressed': 'false',
      title: description,
      onclick: ({ currentTarget }) => {
        press(currentTarget);
        onChosen();
      },
    },
    name,
  );

/** @param {HTMLElement | undefined} button the saved query that is in the box */
function press(button) {
  for (const one of all('button', byId('history-saved')))
    one.setAttribute('aria-pressed', String(one === button));
}

const parameterInputs = () => [...byId('history-parameters').querySelectorAll('input')];

/** @param {string[]} names */
function drawParameters(names) {
  fill(
    byId('history-parameters'),
    names.map((name) =>
      el(
        'label',
        `${name} `,
        el('input', {
          name,
          required: true,
          size: 14,
          spellcheck: 'false',
          autocomplete: 'off',
          placeholder: name === 'DEVICE_ID' ? 'dev-3' : '',
        }),
      ),
    ),
  );
}

/**
 * A function that runs the query in the box and draws its answer, unless another run began meanwhile.
 * @param {HTMLTextAreaElement} sql @param {HTMLElement} result
 */
function queryRunner(sql, result) {
  let runs = 0;
  fill(
    result,
    el(
      'p.empty',
      'Pick a saved query, or write your own: the answer comes with the bytes that it scanned, and what they would cost on AWS.',
    ),
  );
  return async () => {
    runs += 1;
    const own = runs;
    const parameters = parameterInputs().map(({ value }) => value);
    fill(result, el('p.muted', 'Running …'));
    try {
      const answer = await postJson('/api/query', { sql: sql.value, parameters });
      if (own === runs) drawAnswer(result, answer);
    } catch (error) {
      if (own === runs) drawFailure(result, messageOf(error));
    }
  };
}

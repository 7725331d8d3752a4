// Questions to the lake: saved ones as buttons, and a box for one's own.
import { getJson, postJson } from './api.js';
import { all, byId, el, fill } from './dom.js';
import { drawAnswer, drawFailure } from './query-answer.js';

/** @import { SavedQuery } from '../page-answers.ts' */

/** @typedef {ReturnType<typeof createResult>} Result */
/** @typedef {{ sql: string, parameters: string[] }} Question */

const FIRST = 'fleet-now';
const HINT =
  'Pick a saved query, or write your own: the answer comes with the bytes that it scanned, and what they would cost on AWS.';

/** @throws Error when the saved queries cannot be loaded */
export async function createHistory() {
  const form = byId('history-form', HTMLFormElement);
  const sql = byId('sql', HTMLTextAreaElement);
  const result = createResult(() => ({
    sql: sql.value,
    parameters: parameterInputs().map(({ value }) => value),
  }));
  result.clear(HINT);
  const saved = await getJson('/api/queries');
  fill(
    byId('history-saved'),
    saved.map((query) =>
      savedButton(query, () => {
        sql.value = query.sql;
        drawParameters(query.parameters);
        const [input] = parameterInputs();
        if (!input) return result.run();
        input.focus();
        result.clear(`${query.name} needs ${query.parameters.join(' and ')}: fill in, then run it.`);
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
  form.addEventListener('input', result.compare);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    result.run();
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
 * The answer to the query that was run last. Where the box holds another one by now, that is said beside it.
 * @param {() => Question} question what is in the box now
 */
function createResult(question) {
  const box = byId('history-result');
  const stale = byId('history-stale');
  let runs = 0;
  /** @type {string | undefined} what was asked, where its answer is shown */
  let answered;

  function compare() {
    const isStale = answered !== undefined && answered !== JSON.stringify(question());
    stale.hidden = !isStale;
    box.classList.toggle('is-stale', isStale);
  }

  /** Nothing of an earlier query is left, and no answer of one comes any more. @param {string} text */
  function clear(text) {
    runs += 1;
    answered = undefined;
    fill(box, el('p.empty', text));
    compare();
  }

  return {
    clear,
    compare,
    async run() {
      clear('Running …');
      const own = runs;
      const asked = question();
      const answer = await postJson('/api/query', asked).catch((error) => ({ error }));
      if (own !== runs) return;
      answered = JSON.stringify(asked);
      if ('error' in answer) drawFailure(box, answer.error);
      else drawAnswer(box, answer);
      compare();
    },
  };
}

// Questions to the lake: saved ones as buttons, a box for one's own, and what the answer cost.
import { byId, el, fill, getJson, sendJson, table } from './dom.js';
import { count, plural, size, span } from './format.js';
import { resultChart } from './result-chart.js';

const FIRST = 'fleet-now';
const NUMBERS = /^(?:tinyint|smallint|integer|int|bigint|real|float|double|decimal)/;

export async function createHistory() {
  const form = byId('history-form');
  const sql = byId('sql');
  const result = byId('history-result');
  const saved = await getJson('/api/queries');

  function choose(query, button) {
    sql.value = query.sql;
    for (const other of byId('history-saved').children)
      other.setAttribute('aria-pressed', String(other === button));
    drawParameters(query.parameters);
  }

  function drawParameters(names) {
    fill(
      byId('history-parameters'),
      names.map((name) =>
        el(
          'label',
          {},
          `${name} `,
          el('input', {
            name,
            required: true,
            size: '14',
            spellcheck: 'false',
            autocomplete: 'off',
            placeholder: name === 'DEVICE_ID' ? 'dev-3' : '',
          }),
        ),
      ),
    );
  }

  fill(
    byId('history-saved'),
    saved.map((query) =>
      el(
        'button',
        {
          type: 'button',
          'aria-pressed': 'false',
          title: query.description,
          onclick: (event) => {
            choose(query, event.currentTarget);
            if (query.parameters.length === 0) run();
            else byId('history-parameters').querySelector('input').focus();
          },
        },
        query.name,
      ),
    ),
  );
  const first = saved.find(({ name }) => name === FIRST);
  if (first && sql.value === '') sql.value = first.sql;
  fill(
    result,
    el(
      'p',
      { class: 'empty' },
      'Pick a saved query, or write your own: the answer comes with the bytes that it scanned, and what they would cost on AWS.',
    ),
  );

  let running = 0;
  async function run() {
    const mine = ++running;
    const parameters = [...byId('history-parameters').querySelectorAll('input')].map(({ value }) => value);
    fill(result, el('p', { class: 'muted' }, 'Running …'));
    try {
      const answer = await sendJson('/api/query', { sql: sql.value, parameters });
      if (mine === running) draw(result, answer);
    } catch (error) {
      if (mine === running) fill(result, failure(error.message));
    }
  }
  sql.addEventListener('input', () => {
    for (const button of byId('history-saved').children) button.setAttribute('aria-pressed', 'false');
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

const failure = (text) => el('p', { class: 'error', role: 'alert' }, text);

/** The price is tiny: as many digits as it needs. */
const dollars = (cost) => (cost === 0 ? 'free' : `$${cost < 0.01 ? cost.toFixed(5) : cost.toFixed(2)}`);
const LEAST = 10_000_000;

function draw(box, answer) {
  const { state, reason, columns, rows, more, files, scannedBytes, milliseconds, cost } = answer;
  if (state !== 'SUCCEEDED') {
    fill(box, failure(reason ?? state));
    return;
  }
  const facts = [
    ['Rows', `${count(rows.length)}${more ? ' of more' : ''}`],
    files !== undefined && ['Files opened', count(files)],
    ['Scanned', size(scannedBytes)],
    ['Time', span(milliseconds)],
    ['On AWS', `${dollars(cost)}${cost > 0 && scannedBytes < LEAST ? ', the 10 MB minimum' : ''}`],
  ].filter(Boolean);
  const isNumber = columns.map(({ type }) => NUMBERS.test(type));
  const head = columns.map(({ name, type }, i) => ({
    text: el('span', { title: type }, name),
    number: isNumber[i],
  }));
  const body = rows.map((row) =>
    el(
      'tr',
      {},
      row.map((value, i) =>
        el(
          'td',
          { class: isNumber[i] && 'number' },
          value === null ? el('span', { class: 'muted' }, 'NULL') : value,
        ),
      ),
    ),
  );
  fill(
    box,
    el(
      'dl',
      { class: 'facts' },
      facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
    ),
    rows.length > 0 && resultChart(columns, rows, isNumber),
    rows.length === 0
      ? el(
          'p',
          { class: 'empty' },
          'No rows. What the devices send is in the lake after a few seconds; a query for a longer time may find more.',
        )
      : table('Result', head, body),
    more &&
      el(
        'p',
        { class: 'muted' },
        `The first ${plural(rows.length, 'row')}. Add LIMIT or a condition to choose them.`,
      ),
  );
}

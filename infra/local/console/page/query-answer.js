// The answer to a query: its cost, a chart where possible, and the rows.
import { errorElement } from './api.js';
import { button, el, fields, fill, setText, table } from './dom.js';
import { count, plural, size, span } from './format.js';
import { resultChart } from './result-chart.js';

/** @import { QueryAnswer } from '../page-answers.ts' */

const NUMBERS = /^(?:tinyint|smallint|integer|int|bigint|real|float|double|decimal)/;
/** The minimum number of bytes that Athena bills for a query. */
const LEAST = 10_000_000;

/** @type {(box: HTMLElement, error: unknown) => void} */
export const drawFailure = (box, error) => void fill(box, errorElement('p', error, { role: 'alert' }));

/** @param {HTMLElement} box @param {QueryAnswer} answer @param {string} name of the file to download */
export function drawAnswer(box, answer, name) {
  const { state, reason, columns, rows, more } = answer;
  if (state !== 'SUCCEEDED') {
    drawFailure(box, reason ?? state);
    return;
  }
  const isNumber = columns.map(({ type }) => NUMBERS.test(type));
  fill(
    box,
    facts(answer),
    rows.length > 0 && exits(answer, name, isNumber),
    rows.length > 0 && resultChart(columns, rows, isNumber),
    rows.length === 0
      ? el(
          'p.empty',
          'No rows. What the devices send is in the lake after a few seconds; a query for a longer time may find more.',
        )
      : rowTable(answer, isNumber),
    more &&
      el('p.muted', `The first ${plural(rows.length, 'row')}. Add LIMIT or a condition to choose them.`),
  );
}

/** Ways out of the page: a file with all rows, and what is shown for a spreadsheet. @type {(answer: QueryAnswer, name: string, isNumber: boolean[]) => HTMLElement} */
function exits({ id, columns, rows }, name, isNumber) {
  const said = el('span.muted', { role: 'status' });
  /** A tab or a line break would start another cell, and some signs a formula. @type {(value: string | null, i: number) => string} */
  const cell = (value, i) => {
    const text = (value ?? '').replace(/[\t\r\n]+/g, ' ');
    return isNumber[i] ? text : text.replace(/^[=+\-@]/, "'$&");
  };
  const copy = async () => {
    const lines = [columns.map(({ name: column }) => column), ...rows];
    await navigator.clipboard.writeText(lines.map((line) => line.map(cell).join('\t')).join('\n')).then(
      () => setText(said, `${plural(rows.length, 'row')} copied`),
      () => setText(said, 'The browser does not allow it'),
    );
  };
  return el(
    'div.actions',
    id &&
      el(
        'a',
        { href: `/api/result?${new URLSearchParams({ id })}`, download: `${name}.csv` },
        'All rows as CSV',
      ),
    button('Copy', copy),
    said,
  );
}

/** @param {QueryAnswer} answer */
function facts({ rows, more, files, scannedBytes, milliseconds, cost }) {
  return fields(
    [
      ['Rows', `${more ? 'the first ' : ''}${count(rows.length)}`],
      ['Files opened', files === undefined ? undefined : count(files)],
      ['Scanned', size(scannedBytes)],
      ['Time', span(milliseconds)],
      ['On AWS', `${dollars(cost)}${cost > 0 && scannedBytes < LEAST ? ', the 10 MB minimum' : ''}`],
    ],
    'facts',
  );
}

/** Small prices get more digits. @param {number} cost */
const dollars = (cost) => (cost === 0 ? 'free' : `$${cost < 0.01 ? cost.toFixed(5) : cost.toFixed(2)}`);

/** @type {(answer: QueryAnswer, isNumber: boolean[]) => HTMLElement} */
function rowTable({ columns, rows }, isNumber) {
  const head = columns.map(({ name, type }, i) => ({
    text: el('span', { title: type }, name),
    number: isNumber[i] === true,
  }));
  const body = rows.map((row) =>
    el(
      'tr',
      row.map((value, i) => el('td', { class: isNumber[i] && 'number' }, value ?? el('span.muted', 'NULL'))),
    ),
  );
  return table('Result', head, body);
}

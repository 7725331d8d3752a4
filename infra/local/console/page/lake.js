// What lies in the lake: partitions with their files, lines that were no readings, batches that were given up.
import { byId, el, fill, getJson, setText, table } from './dom.js';
import { ago, count, plural, size } from './format.js';

/** Errors shown before somebody asks for more. */
const ERRORS_SHOWN = 5;
const MIN_PERIOD_MS = 2_000;

export function createLake(store) {
  let shown = '';
  let timer;
  let openPrefixes = new Set();

  async function refresh() {
    timer = undefined;
    try {
      const listing = await getJson('/api/lake');
      const text = JSON.stringify(listing);
      if (text === shown) return;
      shown = text;
      draw(listing);
    } catch {
      // The connection is down, which is said elsewhere; the next file brings it up to date.
    }
  }

  function draw({ partitions, errors, failures, partial }) {
    const box = byId('lake-list');
    openPrefixes = new Set([...box.querySelectorAll('details[open]')].map(({ dataset }) => dataset.prefix));
    const files = partitions.reduce((sum, one) => sum + one.count, 0);
    const bytes = partitions.reduce((sum, one) => sum + one.bytes, 0);
    setText(
      byId('lake-note'),
      files === 0 ? '' : `${plural(files, 'file')}, ${size(bytes)}${partial ? ', cut short' : ''}`,
    );
    fill(
      box,
      partitions.length === 0
        ? el(
            'p',
            { class: 'empty' },
            'No file yet. The delivery stream writes one when its buffer is full or its interval is over: here after a few seconds, on AWS after a minute.',
          )
        : el('ul', { class: 'plain partitions' }, partitions.map(partition)),
      errors.length > 0 && el('h3', {}, 'Lines that were no readings'),
      errors.length > 0 && el('ul', { class: 'plain' }, errors.slice(0, ERRORS_SHOWN).map(errorLine)),
      errors.length > ERRORS_SHOWN &&
        section(
          'more-errors',
          `${errors.length - ERRORS_SHOWN} more`,
          el('ul', { class: 'plain' }, errors.slice(ERRORS_SHOWN).map(errorLine)),
        ),
      failures.length > 0 && el('h3', {}, 'Failure bucket'),
      failures.length > 0 &&
        el(
          'ul',
          { class: 'plain' },
          failures.map(({ key, bytes: length, at }) =>
            el('li', {}, el('code', {}, key), ` ${size(length)}, `, ago(at)),
          ),
        ),
    );
  }

  const section = (prefix, summary, ...content) =>
    el(
      'details',
      { 'data-prefix': prefix, open: openPrefixes.has(prefix) },
      el('summary', { class: Array.isArray(summary) && 'partition' }, summary),
      ...content,
    );

  function partition({ prefix, count: files, bytes, newest, files: list }) {
    const rows = list.map(({ key, bytes: length, at }) =>
      el(
        'tr',
        {},
        el('th', { scope: 'row', class: 'path' }, key.slice(prefix.length)),
        el('td', { class: 'number' }, size(length)),
        el('td', {}, ago(at)),
      ),
    );
    const summary = [
      el('code', {}, prefix),
      el('span', { class: 'muted' }, ` ${plural(files, 'file')}, ${size(bytes)}, `, ago(newest)),
    ];
    return el(
      'li',
      {},
      section(
        prefix,
        summary,
        table(`Files of ${prefix}`, ['File', { text: 'Size', number: true }, 'Written'], rows),
        files > list.length &&
          el('p', { class: 'muted' }, `The newest ${count(list.length)} of ${count(files)}.`),
      ),
    );
  }

  store.on(['files'], () => {
    if (timer === undefined) timer = setTimeout(refresh, shown === '' ? 0 : MIN_PERIOD_MS);
  });
}

const errorLine = ({ message, code, raw, bytes, at }) =>
  el(
    'li',
    { class: 'bad-line' },
    el(
      'p',
      {},
      el('strong', {}, message || code),
      ' ',
      el('span', { class: 'muted' }, `${size(bytes)}, `, ago(at)),
    ),
    el('pre', {}, raw),
  );

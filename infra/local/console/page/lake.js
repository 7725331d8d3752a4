// What is in the lake: partitions with their files, malformed lines, batches that were given up.
import { getJson, messageOf } from './api.js';
import { all, byId, el, fill, setText, table } from './dom.js';
import { ago, count, plural, size } from './format.js';

/** @import { ErrorLine, LakeFile, LakeListing, LakePartition } from '../page-answers.ts' */
/** @import { Children } from './dom.js' */
/** @import { Store } from './store.js' */

/** More errors are hidden until somebody asks for them. */
const ERRORS_SHOWN = 5;
const MIN_PERIOD_MS = 2_000;

/** @param {Store} store */
export function createLake(store) {
  let shown = '';
  let timer = 0;

  async function refresh() {
    timer = 0;
    try {
      const listing = await getJson('/api/lake');
      const text = JSON.stringify(listing);
      if (text !== shown) draw(listing);
      shown = text;
    } catch (error) {
      shown = '';
      setText(byId('lake-note'), `Not up to date: ${messageOf(error)}`);
    }
  }

  store.on(['files'], () => {
    if (timer === 0) timer = setTimeout(refresh, shown === '' ? 0 : MIN_PERIOD_MS);
  });
}

/** @param {LakeListing} listing */
function draw({ partitions, errors, failures, partial }) {
  const box = byId('lake-list');
  const open = new Set(all('details[open]', box).map(({ dataset }) => dataset.prefix));
  const files = partitions.reduce((sum, one) => sum + one.count, 0);
  const bytes = partitions.reduce((sum, one) => sum + one.bytes, 0);
  const note = `${plural(files, 'file')}, ${size(bytes)}${partial ? ', cut short' : ''}`;
  setText(byId('lake-note'), files === 0 ? '' : note);
  const more = errors.slice(ERRORS_SHOWN);
  fill(
    box,
    partitions.length === 0
      ? el(
          'p.empty',
          'No file yet. The delivery stream writes one when its buffer is full or its interval is over: here after a few seconds, on AWS after a minute.',
        )
      : el('ul.plain.partitions', partitions.map(partition)),
    section('Lines that were no readings', errors.slice(0, ERRORS_SHOWN).map(errorLine)),
    more.length > 0 &&
      details('more-errors', el('summary', `${more.length} more`), el('ul.plain', more.map(errorLine))),
    section('Failure bucket', failures.map(failure)),
  );
  for (const node of box.querySelectorAll('details')) node.open = open.has(node.dataset.prefix);
}

/** @param {string} prefix remembers whether it is open when drawn anew @param {...Children} content */
const details = (prefix, ...content) => el('details', { 'data-prefix': prefix }, ...content);

/** @type {(title: string, items: HTMLElement[]) => Children} */
const section = (title, items) => items.length > 0 && [el('h3', title), el('ul.plain', items)];

/** @param {LakePartition} partition */
function partition({ prefix, count: files, bytes, newest, files: list }) {
  const rows = list.map(({ key, bytes: length, at }) =>
    el(
      'tr',
      el('th.path', { scope: 'row' }, key.slice(prefix.length)),
      el('td.number', size(length)),
      el('td', ago(at)),
    ),
  );
  const summary = el(
    'summary.partition',
    el('code', prefix),
    el('span.muted', ` ${plural(files, 'file')}, ${size(bytes)}, `, ago(newest)),
  );
  return el(
    'li',
    details(
      prefix,
      summary,
      table(`Files of ${prefix}`, ['File', { text: 'Size', number: true }, 'Written'], rows),
      files > list.length && el('p.muted', `The newest ${count(list.length)} of ${count(files)}.`),
    ),
  );
}

/** @param {LakeFile} file */
const failure = ({ key, bytes, at }) => el('li', el('code', key), ` ${size(bytes)}, `, ago(at));

/** @param {ErrorLine} line */
const errorLine = ({ message, code, raw, bytes, at }) =>
  el(
    'li.bad-line',
    el('p', el('strong', message || code), ' ', el('span.muted', `${size(bytes)}, `, ago(at))),
    el('pre', raw),
  );

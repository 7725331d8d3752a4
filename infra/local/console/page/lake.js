// What is in the lake: partitions with their files, malformed lines, batches that were given up.
import { errorElement, getJson } from './api.js';
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
  /** Has something changed since the listing was asked for? */
  let isStale = false;

  async function refresh() {
    isStale = false;
    try {
      const listing = await getJson('/api/lake');
      store.merge({ lake: listing });
      const text = JSON.stringify(listing);
      if (text !== shown) draw(listing);
      shown = text;
    } catch (error) {
      shown = '';
      fill(byId('lake-note'), errorElement('span', error));
    }
    timer = 0;
    if (isStale) schedule();
  }

  /** One at a time: a slow answer must not replace a later one. */
  function schedule() {
    isStale = true;
    if (timer === 0) timer = setTimeout(refresh, shown === '' ? 0 : MIN_PERIOD_MS);
  }

  store.on(['files'], schedule);
}

/** @param {LakeListing} listing */
function draw({ partitions, errors, errorFiles, failures, failureFiles, partial }) {
  const box = byId('lake-list');
  const open = new Set(all('details[open]', box).map(({ dataset }) => dataset.prefix));
  const files = partitions.reduce((sum, one) => sum + one.count, 0);
  const bytes = partitions.reduce((sum, one) => sum + one.bytes, 0);
  const note = `${plural(files, 'file')}, ${partial ? 'more than ' : ''}${size(bytes)}`;
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
    section(
      'Malformed lines',
      errorFiles > 0 && `the newest, of ${plural(errorFiles, 'file')} under errors/`,
      errors.slice(0, ERRORS_SHOWN).map(errorLine),
    ),
    more.length > 0 &&
      details('more-errors', el('summary', `${more.length} more`), el('ul.plain', more.map(errorLine))),
    section(
      'Failure bucket',
      failureFiles > failures.length && `the newest ${failures.length} of ${count(failureFiles)}`,
      failures.map(failure),
    ),
  );
  for (const node of box.querySelectorAll('details')) node.open = open.has(node.dataset.prefix);
}

/** @param {string} prefix remembers whether it is open when drawn anew @param {...Children} content */
const details = (prefix, ...content) => el('details', { 'data-prefix': prefix }, ...content);

/** @type {(title: string, note: string | false, items: HTMLElement[]) => Children} */
const section = (title, note, items) =>
  items.length > 0 && [el('h3', title, note && el('small', ` ${note}`)), el('ul.plain', items)];

/** How much of a name's end is always seen: what tells it from the others. */
const END = 18;

/** A name on one line, with an ellipsis in the middle where it is too long. @param {string} name */
const shortened = (name) =>
  el('span.shortened', { title: name }, el('span', name.slice(0, -END)), el('span', name.slice(-END)));

/** @param {LakePartition} partition */
function partition({ prefix, count: files, bytes, newest, files: list }) {
  const rows = list.map(({ key, bytes: length, at }) =>
    el(
      'tr',
      el('th.path', { scope: 'row' }, shortened(key.slice(prefix.length))),
      el('td.number', size(length)),
      el('td', ago(at)),
    ),
  );
  const summary = el(
    'summary.partition',
    el('code', prefix),
    el('span.muted', ` ${plural(files, 'file')}`, newest && [`, ${size(bytes)}, `, ago(newest)]),
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
const failure = ({ key, bytes, at }) =>
  el('li.failure', el('code', shortened(key)), el('span.muted', `${size(bytes)}, `, ago(at)));

/** @param {ErrorLine} line */
const errorLine = ({ message, code, raw, bytes, at }) =>
  el(
    'li.bad-line',
    el('p', el('strong', message || code), ' ', el('span.muted', `${size(bytes)}, `, ago(at))),
    el('pre', raw),
  );

// Elements from data. Text goes in as text, never as markup: it may come from a device or a mail.

/** An element; `props` are attributes, listeners (`onclick`) or `class`; false and undefined are left out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false || value === null) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  fill(node, ...children);
  return node;
}

/** Replaces what is in a node. */
export function fill(node, ...children) {
  node.replaceChildren(
    ...children.flat(9).filter((child) => child !== false && child != null && child !== ''),
  );
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Sets text only where it differs, so that a selection in it survives. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/**
 * Keeps a list's children in step with items, and the children of items that stay: focus and scrolling survive.
 * `create` makes a child of an item, `update` brings it up to date.
 */
export function reconcile(parent, items, key, create, update = () => {}) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let previous = null;
  for (const item of items) {
    const id = String(key(item));
    let child = known.get(id);
    known.delete(id);
    if (!child) {
      child = create(item);
      child.dataset.key = id;
    }
    update(child, item);
    const next = previous ? previous.nextSibling : parent.firstChild;
    if (child !== next) parent.insertBefore(child, next);
    previous = child;
  }
  for (const gone of known.values()) gone.remove();
}

/** A table that scrolls within itself, reachable by keyboard. */
export function table(label, head, rows) {
  return el(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': label, tabindex: '0' },
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          head.map((cell) => el('th', { scope: 'col', class: cell.number && 'number' }, cell.text ?? cell)),
        ),
      ),
      el('tbody', {}, rows),
    ),
  );
}

export async function getJson(path) {
  return answerOf(await fetch(path));
}

export async function sendJson(path, body, method = 'POST') {
  const init =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return answerOf(await fetch(path, { method, ...init }));
}

async function answerOf(response) {
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message ?? `HTTP ${response.status}`);
  return answer;
}

/** Opens the page's one dialog. `content` is called with a function that is told what to do when it closes. */
export function openDialog(title, ...content) {
  const dialog = byId('dialog');
  if (dialog.open) dialog.close();
  fill(
    dialog,
    el(
      'div',
      { class: 'head' },
      el('h2', { id: 'dialog-title', tabindex: '-1' }, title),
      el('button', { type: 'button', onclick: () => dialog.close() }, 'Close'),
    ),
    ...content,
  );
  dialog.showModal();
  byId('dialog-title').focus();
  return dialog;
}

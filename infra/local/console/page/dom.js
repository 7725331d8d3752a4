// Elements from data. Text is inserted as text, never as markup: it may come from a device or a mail.
import { focusIn } from './focus.js';

/** @typedef {Node | string | number | false | null | undefined} Child empty text, false and null are left out */
/** @typedef {Child | Children[]} Children */
/** @typedef {string | number | boolean | null | undefined} Attribute */

/**
 * Attributes and listeners such as `onclick`; false, null and undefined are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @typedef {{ [name: string]: Attribute | ((event: never) => unknown) } & {
 *   [Type in keyof HTMLElementEventMap as `on${Type}`]?: (
 *     event: HTMLElementEventMap[Type] & { currentTarget: HTMLElementTagNameMap[Tag] },
 *   ) => unknown
 * }} Props
 */

/**
 * An element with its classes, such as `el('p.empty.muted', 'text')` or `el('input', { type: 'checkbox' })`.
 * @template {keyof HTMLElementTagNameMap} Tag @param {Tag | `${Tag}.${string}`} name
 * @param {Props<Tag> | Children} [first] its attributes, or its first child @param {...Children} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(name, first, ...children) {
  const [tag, ...classes] = name.split('.');
  const node = document.createElement(/** @type {Tag} */ (tag));
  if (classes.length > 0) node.className = classes.join(' ');
  if (!isProps(first)) return fill(node, first, ...children);
  for (const [key, value] of Object.entries(first)) {
    if (typeof value === 'function')
      node.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) node.setAttribute(key, '');
    else if (value !== undefined && value !== false && value !== null) node.setAttribute(key, `${value}`);
  }
  return fill(node, ...children);
}

/** @param {object | Children} first @returns {first is Record<string, unknown>} */
const isProps = (first) =>
  typeof first === 'object' && first !== null && !Array.isArray(first) && !(first instanceof Node);

/**
 * Replaces what is in a node. What has the focus in it keeps it, or gives it to what takes its place.
 * @template {Element} Parent @param {Parent} node @param {...Children} children
 */
export function fill(node, ...children) {
  const refocus = focusIn(node);
  node.replaceChildren(...nodesOf(children));
  refocus?.();
  return node;
}

/**
 * Replaces what is in a node by a child for each item.
 * @template Item @template {Element} Parent @param {Parent} node @param {readonly Item[]} items @param {(item: Item, i: number) => Children} create
 */
export const fillEach = (node, items, create) => fill(node, items.map(create));

/** @type {(children: Children[]) => (Node | string)[]} */
const nodesOf = (children) =>
  children.flatMap((child) => {
    if (Array.isArray(child)) return nodesOf(child);
    if (child === false || child === null || child === undefined || child === '') return [];
    return child instanceof Node ? child : String(child);
  });

/** @type {(href: string, ...children: Children[]) => HTMLAnchorElement} */
export const link = (href, ...children) => el('a', { href }, ...children);

/**
 * A button that does something here, and sends no form.
 * @param {Children} text @param {Props<'button'>['onclick']} onclick @param {Props<'button'>} [props]
 */
export const button = (text, onclick, props = {}) =>
  el('button', { type: 'button', onclick, ...props }, text);

/**
 * Works once at a time, however often the button is pressed. Unlike a disabled one, it keeps the focus.
 * @param {HTMLButtonElement} button @param {() => Promise<void>} work must not throw
 */
export async function once(button, work) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  await work();
  button.removeAttribute('aria-disabled');
}

/**
 * A choice of one of several. `onChosen` gets the value.
 * @param {string} label @param {[value: string | number, text: Children][]} options
 * @param {{ chosen?: string | number, onChosen?(value: string): void, id?: string }} [props]
 */
export const select = (label, options, { chosen, onChosen, id } = {}) =>
  el(
    'select',
    { id, 'aria-label': label, onchange: ({ currentTarget }) => onChosen?.(currentTarget.value) },
    options.map(([value, text]) => el('option', { value, selected: value === chosen }, text)),
  );

/** A part of a page with its title. @type {(title: string, ...content: Children[]) => HTMLElement} */
export const card = (title, ...content) => el('section.card', el('div.head', el('h2', title)), content);

/** Of {@link fields} that stand beside each other. */
export const WIDE_FIELDS = 'fields.wide-facts';

/** Names with their values; those without one are left out. @param {[name: Children, value: Children][]} list @param {string} [kind] */
export const fields = (list, kind = 'fields') =>
  fillEach(el(`dl.${kind}`), list, ([name, value]) => value !== undefined && field(name, value));

/** @type {(name: Children, value: Children) => HTMLElement} */
export const field = (name, value) => el('div', el('dt', name), el('dd', value));

/** How an incident's state looks: a warning otherwise than what is critical. @type {(state: string, severity?: string) => string} */
export const badgeClass = (state, severity) =>
  `badge ${state}${state === 'firing' && severity === 'warning' ? ' warning' : ''}`;

/**
 * The element with an id, which must be there.
 * @template {HTMLElement} [Type=HTMLElement] @param {string} id @param {new () => Type} [type]
 * @returns {Type}
 */
export function byId(id, type) {
  const node = document.getElementById(id);
  if (node instanceof (type ?? HTMLElement)) return /** @type {Type} */ (node);
  throw new Error(`Expected a ${type?.name ?? 'HTMLElement'} with the id "${id}", found ${node}`);
}

/** All elements that a selector finds. @param {string} selector @param {ParentNode} [root] */
export const all = (selector, root = document) =>
  [...root.querySelectorAll(selector)].filter((node) => node instanceof HTMLElement);

/** Sets text only if it differs, so that a selection in it survives. @type {(node: Element, text: string) => void} */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @type {(node: Element, name: string, value: string) => void} */
export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/**
 * Updates a list's children to match items. Children of items that stay are kept, and with them focus and scrolling.
 * @template Item @param {Element} parent @param {readonly Item[]} items @param {(item: Item) => string} key
 * @param {(item: Item) => HTMLElement} create makes a child
 * @param {(child: HTMLElement, item: Item) => void} [update] brings a child up to date
 */
export function reconcile(parent, items, key, create, update = () => {}) {
  const refocus = focusIn(parent);
  const known = new Map(all(':scope > *', parent).map((child) => [child.dataset.key, child]));
  const ids = new Set(items.map(key));
  for (const [id, child] of known) if (id === undefined || !ids.has(id)) child.remove();
  let next = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    const child = known.get(id) ?? create(item);
    child.dataset.key = id;
    update(child, item);
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  // One that was moved has lost it.
  refocus?.();
}

/** @typedef {string | { text: Children, number: boolean }} HeadCell */

/**
 * A table that is whole in every window: in a narrow one each row is a list of its cells, named as its columns are.
 * @param {string} label @param {HeadCell[]} head @param {HTMLTableRowElement[]} rows
 */
export function stackedTable(label, head, rows) {
  const names = head.map((cell) => (typeof cell === 'string' ? cell : cell.text));
  for (const row of rows) {
    [...row.cells].forEach((cell, i) => {
      const name = names[i];
      if (typeof name === 'string') cell.dataset.label = name;
      cell.classList.toggle('nothing', cell.textContent === '–');
    });
  }
  const box = table(label, head, rows);
  box.classList.add('stacked');
  // What is laid out otherwise than as a table is none for screen readers, unless it says so.
  const roles = {
    table: 'table',
    tr: 'row',
    td: 'cell',
    'thead th': 'columnheader',
    'tbody th': 'rowheader',
  };
  for (const [selector, role] of Object.entries(roles))
    for (const node of all(selector, box)) node.setAttribute('role', role);
  return box;
}

/**
 * A table that scrolls within itself, reachable by keyboard.
 * @param {string} label @param {HeadCell[]} head @param {Children[]} rows
 */
export function table(label, head, rows) {
  const cells = head.map((cell) => (typeof cell === 'string' ? { text: cell, number: false } : cell));
  return el(
    'div.scroll',
    { role: 'region', 'aria-label': label, tabindex: '0' },
    el(
      'table',
      el(
        'thead',
        el(
          'tr',
          cells.map(({ text, number }) => el('th', { scope: 'col', class: number && 'number' }, text)),
        ),
      ),
      el('tbody', rows),
    ),
  );
}

// Shows the page that the address names. Sections say in `data-pages` on which pages they are.
import { addressOf, parseAddress, START } from './address.js';
import { all, byId, el, fill, link, setText } from './dom.js';

/** @import { Address, PageName } from './address.js' */

/**
 * `show` is called for every address of the page, also when only a choice in it has changed.
 * @typedef {{ title(address: Address): string, show?(address: Address): void, hide?(): void }} View
 */
/** @typedef {ReturnType<typeof createRouter>} Router */

/** @param {(title: string) => void} onTitle */
export function createRouter(onTitle) {
  /** @type {Partial<Record<PageName, View>>} */
  const views = {};
  /** @type {Address | undefined} */
  let now;
  /** Pages that this source does not have. @type {readonly PageName[]} */
  let absent = [];

  function route() {
    const before = now?.page;
    now = parseAddress(location.hash);
    if (now && absent.includes(now.page)) now = undefined;
    const page = now?.page ?? 'unknown';
    if (before && before !== now?.page) views[before]?.hide?.();
    for (const section of all('[data-pages]'))
      section.hidden = !section.dataset.pages?.split(' ').includes(page);
    document.body.dataset.page = page;
    for (const link of all('nav a')) markCurrent(link, now);
    const view = now && views[now.page];
    const title = now && view ? view.title(now) : 'No such address';
    onTitle(title);
    setText(byId('page-title'), title);
    if (now) view?.show?.(now);
    else showUnknown();
    // Not at the start: a reader who has just come is at the top anyway.
    if (before && before !== now?.page) {
      scrollTo(0, 0);
      byId('page-title').focus({ preventScroll: true });
    }
  }

  return {
    /** @param {PageName} page @param {View} view */
    add(page, view) {
      views[page] = view;
    },
    /** Leaves out what this source does not have. @param {readonly PageName[]} pages */
    leaveOut(pages) {
      const isOther = pages.join() !== absent.join();
      absent = pages;
      const page = parseAddress(location.hash)?.page;
      if (isOther && page && (pages.includes(page) || !now)) route();
    },
    start() {
      addEventListener('hashchange', route);
      route();
    },
    /** For a title that is known only after a look. @param {string} title */
    retitle(title) {
      onTitle(title);
      setText(byId('page-title'), title);
    },
    /** The address that is shown; undefined where it is of nothing. */
    now: () => now,
    /**
     * Changes choices in the address without a step back to them, such as while a word is typed.
     * @param {Record<string, string | undefined>} changes those without a value go
     */
    choose(changes) {
      history.replaceState(null, '', changed(changes));
      route();
    },
    /** Likewise, with a step back. @param {Record<string, string | undefined>} changes */
    go(changes) {
      location.hash = changed(changes);
    },
  };
}

/** @param {Record<string, string | undefined>} changes */
function changed(changes) {
  const address = parseAddress(location.hash);
  const path = (location.hash || START).split('?')[0]?.slice(2) ?? '';
  return addressOf(path.split('/').map(decodeURIComponent), {
    ...Object.fromEntries(address?.query ?? []),
    ...changes,
  });
}

/** @type {(link: HTMLElement, address: Address | undefined) => void} */
function markCurrent(link, address) {
  const own = parseAddress(link.getAttribute('href') ?? '');
  const isCurrent = own?.page === address?.page || own?.page === PARENTS[address?.page ?? ''];
  if (isCurrent) link.setAttribute('aria-current', 'page');
  else link.removeAttribute('aria-current');
}

/** @type {Record<string, PageName>} */
const PARENTS = { incident: 'incidents', device: 'fleet', 'edit-rules': 'rules' };

function showUnknown() {
  fill(
    byId('unknown'),
    el('h2', 'There is nothing at this address'),
    el('p', el('code', location.hash), ' is not an incident, device, site, rule or query of this page. '),
    el('p', link(START, 'To the incidents')),
  );
}

// Addresses of everything that the page shows, such as `#/devices/north/dev-3?last=6h`. Pure.

/** @typedef {'incidents' | 'incident' | 'fleet' | 'device' | 'rules' | 'edit-rules' | 'silences' | 'queries' | 'health' | 'mails' | 'pipeline' | 'demo'} PageName */
/**
 * `names`: what comes after the first word, decoded; `query`: the choices made, such as a filter or a range of time.
 * @typedef {{ page: PageName, names: string[], query: URLSearchParams }} Address
 */

/** First word → number of names that follow → the page that shows it. @type {Record<string, Record<number, PageName>>} */
const PAGES = {
  incidents: { 0: 'incidents', 1: 'incident' },
  fleet: { 0: 'fleet' },
  sites: { 1: 'fleet' },
  devices: { 2: 'device' },
  rules: { 0: 'rules', 1: 'rules' },
  // Not `rules/edit`, which would be the page of a rule of that name.
  'edit-rules': { 0: 'edit-rules', 1: 'edit-rules' },
  silences: { 0: 'silences' },
  queries: { 0: 'queries', 1: 'queries' },
  health: { 0: 'health' },
  mails: { 0: 'mails' },
  pipeline: { 0: 'pipeline' },
  demo: { 0: 'demo' },
};

/** What comes first where sites and devices follow, and what those can be called: as a reading says it. */
const PLACES = ['sites', 'devices'];
const PLACE = /^[A-Za-z0-9._-]{1,64}$/;

/** Where a reader begins. */
export const START = '#/incidents';

/** Undefined for an address of nothing. @param {string} hash @returns {Address | undefined} */
export function parseAddress(hash) {
  const [path = '', query = ''] = splitOnce(hash === '' || hash === '#' || hash === '#/' ? START : hash, '?');
  if (!path.startsWith('#/')) return undefined;
  const [first = '', ...rest] = path.slice(2).split('/');
  const names = rest.map(decoded);
  const pages = Object.hasOwn(PAGES, first) ? PAGES[first] : undefined;
  const page = pages?.[names.length];
  if (!page || names.some((name) => name === undefined || name === '')) return undefined;
  if (PLACES.includes(first) && names.some((name) => !PLACE.test(name ?? ''))) return undefined;
  return { page, names: /** @type {string[]} */ (names), query: new URLSearchParams(query) };
}

/** @type {(text: string, separator: string) => string[]} */
function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** @param {string} name */
function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

/**
 * `addressOf(['devices', 'north', 'dev-3'], { last: '6h' })`; choices without a value are left out.
 * @param {string[]} names @param {Record<string, string | undefined> | URLSearchParams} [query]
 */
export function addressOf(names, query = {}) {
  const choices = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const search = new URLSearchParams(choices.flatMap(([name, value]) => (value ? [[name, value]] : [])));
  const text = search.size > 0 ? `?${search}` : '';
  return `#/${names.map(encodeURIComponent).join('/')}${text}`;
}

/** @type {(id: string) => string} */
export const incidentAddress = (id) => addressOf(['incidents', id]);
/** @type {(device: { site_id: string, device_id: string }) => string} */
export const deviceAddress = ({ site_id, device_id }) => addressOf(['devices', site_id, device_id]);
/** @type {(site: string) => string} */
export const siteAddress = (site) => addressOf(['sites', site]);
/** @type {(rule: string) => string} */
export const ruleAddress = (rule) => addressOf(['rules', rule]);
/** Where the rules file is edited, at a rule. @type {(rule?: string) => string} */
export const editRulesAddress = (rule) =>
  addressOf(rule === undefined ? ['edit-rules'] : ['edit-rules', rule]);

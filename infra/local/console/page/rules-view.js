// The rules in force, each with what is open by it. They are changed in a file and deployed, not here.
import { addressOf, ruleAddress } from './address.js';
import { errorElement, getJson } from './api.js';
import { byId, el, fields, fill, table } from './dom.js';
import { count } from './format.js';
import { incidentList } from './incidents.js';
import { lookedFor, selectedBy, settingsOf } from './rule-words.js';

/** @import { IncidentPage } from '../page-answers.ts' */
/** @import { About } from '../page-state.ts' */
/** @import { Router } from './router.js' */
/** @import { Rule } from './rule-words.js' */
/** @import { Store } from './store.js' */

const LISTED = '20';

/** @param {Store} store @param {Router} router */
export function createRulesView(store, router) {
  /** @type {string | undefined} the name of the rule, empty for all */
  let shown;
  let asked = '';

  async function load() {
    const { about, incidentRevision } = store.parts;
    const name = shown;
    if (name === undefined || !about || incidentRevision === undefined) return;
    const now = `${incidentRevision} ${name}`;
    if (now === asked) return;
    asked = now;
    /** @type {Record<string, string>} */
    const query = name === '' ? { state: 'open', limit: '0' } : { state: 'open', rule: name, limit: LISTED };
    const page = await getJson('/api/incidents', query).catch((error) => ({ error }));
    if (now !== asked) return;
    if ('error' in page) {
      asked = '';
      fill(byId('rules'), el('section.card', errorElement('p', page.error)));
    } else if (name === '') drawAll(about, page);
    else drawOne(about, page, name);
  }

  store.on(['about', 'incidentRevision'], load);
  // What failed is tried again.
  store.on(['telemetry'], load);
  router.add('rules', {
    title: ({ names: [name] }) => (name === undefined ? 'Rules' : `Rule ${name}`),
    show({ names: [name = ''] }) {
      shown = name;
      asked = '';
      load();
    },
    hide() {
      shown = undefined;
    },
  });
}

/** @type {(about: About, page: IncidentPage) => void} */
function drawAll(about, { facets }) {
  const open = new Map(facets.rule.map(({ value, count: number }) => [value, number]));
  const rows = about.rules.map((rule) => {
    const number = open.get(rule.name) ?? 0;
    return el(
      'tr',
      el('th', { scope: 'row' }, el('a', { href: ruleAddress(rule.name) }, rule.name)),
      el('td', rule.kind),
      el('td.wrap', lookedFor(about, rule)),
      el('td.wrap', selectedBy(rule)),
      el('td', rule.severity.map(({ severity }) => severity).join(', ')),
      el('td.number', number > 0 ? el('a', { href: openAddress(rule.name) }, count(number)) : '0'),
    );
  });
  const head = ['Rule', 'Kind', 'Looks for', 'Where', 'Severity', { text: 'Open', number: true }];
  fill(
    byId('rules'),
    el(
      'section.card',
      el('div.head', el('h2', 'Rules in force'), howToChange()),
      about.rules.length === 0
        ? el('p.empty', 'The template names no rules.')
        : table('Rules in force', head, rows),
    ),
  );
}

const howToChange = () =>
  el(
    'p.muted',
    'From ',
    el('code', 'services/detector/rules.json'),
    ', as it was when this was started or deployed.',
  );

/** @param {string} rule */
const openAddress = (rule) => addressOf(['incidents'], { state: 'open', rule });

/** @type {(about: About, page: IncidentPage, name: string) => void} */
function drawOne(about, page, name) {
  const rule = about.rules.find((one) => one.name === name);
  const crumbs = el('p.crumbs', el('a', { href: '#/rules' }, 'Rules'), '/');
  const box = byId('rules');
  if (!rule) {
    fill(box, el('section.card', crumbs, el('h2', name), el('p', 'No rule of this name is in force.')));
    return;
  }
  const { incidents, matching } = page;
  fill(
    box,
    el('section.card', crumbs, el('div.title', el('h2', name)), aboutRule(about, rule)),
    el(
      'section.card',
      el(
        'div.head',
        el('h2', 'Open incidents'),
        el('a', { href: addressOf(['incidents'], { rule: name }) }, 'All of it'),
      ),
      incidents.length === 0 ? el('p.muted', 'None.') : incidentList(incidents, about),
      matching > incidents.length && el('p', el('a', { href: openAddress(name) }, `All ${count(matching)}`)),
    ),
  );
}

/** @type {(about: About, rule: Rule) => HTMLElement} */
function aboutRule(about, rule) {
  const { summary, description, runbookUrl } = rule.annotations ?? {};
  const settings = fields(settingsOf(rule));
  settings.classList.add('wide-facts');
  return el(
    'div',
    summary && el('p', summary),
    description && el('p.muted', description),
    el('p', `Looks for: ${lookedFor(about, rule)}. Where: ${selectedBy(rule)}.`),
    runbookUrl && el('p', el('a', { href: runbookUrl, rel: 'noopener noreferrer' }, 'Runbook')),
    settings,
    el('p.muted', howToTry(rule.name)),
  );
}

/** @param {string} name */
const howToTry = (name) => [
  'To change it, edit ',
  el('code', 'services/detector/rules.json'),
  ', see what that would have mailed with ',
  el('code', `npm run backtest -- --rules FILE`),
  `, then deploy. Whatever happens, ${name} stays as it is until then.`,
];

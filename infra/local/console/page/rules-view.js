// The rules in force, each with what is open by it, and whether their file says something else.
import { addressOf, editRulesAddress, ruleAddress } from './address.js';
import { errorElement, getJson } from './api.js';
import { byId, el, fields, fill, link, stackedTable, WIDE_FIELDS } from './dom.js';
import { ago, count } from './format.js';
import { incidentList } from './incidents.js';
import { lookedFor, selectedBy, settingsOf } from './rule-words.js';

/** @import { IncidentPage } from '../page-answers.ts' */
/** @import { About } from '../page-state.ts' */
/** @import { RuleInForce, RulesFileState, RulesInForce } from '../rules-answers.ts' */
/** @import { Router } from './router.js' */
/** @import { Rule } from './rule-words.js' */
/** @import { Store } from './store.js' */

const LISTED = '20';

/** @param {Store} store @param {Router} router */
export function createRulesView(store, router) {
  /** @type {string | undefined} the name of the rule, empty for all */
  let shown;
  let asked = '';
  let drawn = '';

  async function load() {
    const { about, incidentRevision } = store.parts;
    const name = shown;
    if (name === undefined || !about || incidentRevision === undefined) return;
    const now = `${incidentRevision} ${name}`;
    if (now === asked) return;
    asked = now;
    try {
      const inForce = await getJson('/api/rules');
      const page = name === '' ? undefined : await getJson('/api/incidents', openQuery(name));
      const signature = JSON.stringify([inForce, page, location.hash]);
      // A link that has the focus stays.
      if (now !== asked || signature === drawn) return;
      drawn = signature;
      if (page) drawOne(about, inForce, page, name);
      else drawAll(about, inForce);
    } catch (error) {
      if (now !== asked) return;
      asked = '';
      drawn = '';
      fill(byId('rules'), el('section.card', errorElement('p', error)));
    }
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

/** @param {string} rule */
const openQuery = (rule) => ({ state: 'open', rule, limit: LISTED });

/** @type {(about: About, inForce: RulesInForce) => void} */
function drawAll(about, { rules, file }) {
  const now = new Map(rules.map((rule) => [rule.name, rule]));
  const rows = about.rules.map((rule) => ruleRow(about, rule, now.get(rule.name)));
  const head = ['Rule', 'Kind', 'Looks for', 'Where', 'Severity', 'Reminds', ...lastFiredHead(about)];
  fill(
    byId('rules'),
    el(
      'section.card',
      el('div.head', el('h2', 'Rules in force'), file && link(editRulesAddress(), 'Edit')),
      fileNotice(file),
      about.rules.length === 0
        ? el('p.empty', 'The template names no rules.')
        : stackedTable('Rules in force', [...head, { text: 'Open', number: true }], rows),
    ),
  );
}

/** Elsewhere, what is over is in the lake alone. @param {About} about */
const lastFiredHead = ({ isLive }) => (isLive ? ['Last fired'] : []);

/** @type {(about: About, rule: Rule, now: RuleInForce | undefined) => HTMLTableRowElement} */
function ruleRow(about, rule, now) {
  const { open = 0, lastFired } = now ?? {};
  return el(
    'tr',
    el('th', { scope: 'row' }, link(ruleAddress(rule.name), rule.name)),
    el('td', rule.kind),
    el('td.wrap', lookedFor(about, rule)),
    el('td.wrap', selectedBy(rule)),
    el('td', rule.severity.map(({ severity }) => severity).join(', ')),
    el('td', rule.repeatEvery ? `every ${rule.repeatEvery}` : '–'),
    about.isLive && el('td', lastFired ? ago(lastFired) : '–'),
    el('td.number', open > 0 ? link(openAddress(rule.name), count(open)) : '0'),
  );
}

/** Where the file says something else than what runs. @param {RulesFileState | undefined} file */
function fileNotice(file) {
  if (!file) return false;
  const { name, changes, problem, applyWith } = file;
  if (problem) return el('p.notice', 'What runs is shown. The file cannot be used: ', el('code', problem));
  if (changes.length === 0) return el('p.muted', 'As in ', el('code', name), '.');
  const words = changes.map(({ rule, how }) => `${rule} ${how}`).join(', ');
  return el(
    'p.notice',
    el('code', name),
    ` differs from what runs: ${words}. It takes effect with `,
    el('code', applyWith),
    '.',
  );
}

/** @param {string} rule */
const openAddress = (rule) => addressOf(['incidents'], { state: 'open', rule });

/** @type {(about: About, inForce: RulesInForce, page: IncidentPage, name: string) => void} */
function drawOne(about, { rules, file }, page, name) {
  const rule = about.rules.find((one) => one.name === name);
  const crumbs = el('p.crumbs', link('#/rules', 'Rules'), '/');
  const box = byId('rules');
  if (!rule) {
    fill(box, el('section.card', crumbs, el('h2', name), el('p', 'No rule of this name is in force.')));
    return;
  }
  const { incidents, matching } = page;
  const lastFired = rules.find((one) => one.name === name)?.lastFired;
  fill(
    box,
    el(
      'section.card',
      crumbs,
      el('div.title', el('h2', name), file && link(editRulesAddress(name), 'Edit')),
      fileNotice(file && { ...file, changes: file.changes.filter((change) => change.rule === name) }),
      aboutRule(about, rule),
      about.isLive &&
        el('p', 'Last fired: ', lastFired ? ago(lastFired) : 'not among the incidents that are kept', '.'),
    ),
    el(
      'section.card',
      el('div.head', el('h2', 'Open incidents'), link(addressOf(['incidents'], { rule: name }), 'All of it')),
      incidents.length === 0 ? el('p.muted', 'None.') : incidentList(incidents, about),
      matching > incidents.length && el('p', link(openAddress(name), `All ${count(matching)}`)),
    ),
  );
}

/** @type {(about: About, rule: Rule) => HTMLElement} */
function aboutRule(about, rule) {
  const { summary, description, runbookUrl } = rule.annotations ?? {};
  return el(
    'div',
    summary && el('p', summary),
    description && el('p.muted', description),
    el('p', `Looks for: ${lookedFor(about, rule)}. Where: ${selectedBy(rule)}.`),
    runbookUrl && el('p', el('a', { href: runbookUrl, rel: 'noopener noreferrer' }, 'Runbook')),
    fields(settingsOf(rule), WIDE_FIELDS),
  );
}

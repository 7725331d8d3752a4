// What a backtest of rules has found: per rule, then every incident that would be new, gone or different.
import { deviceAddress, siteAddress } from './address.js';
import { el, fill, link, table } from './dom.js';
import { count, measured, plural, size, span, when } from './format.js';
import { describeMetric } from './metrics.js';
import { rangeChoices } from './time-range.js';

/** @import { BacktestIncident } from '../../../cli/backtest-result.ts' */
/** @import { About } from '../page-state.ts' */
/** @import { TrialList, TrialResult } from '../rules-answers.ts' */
/** @import { Children } from './dom.js' */

/** Shown around an incident. */
const AROUND_S = 300;
const TITLES = {
  added: ['New', 'incidents that the rules in force do not find'],
  gone: ['Gone', 'incidents that only the rules in force find'],
  changed: ['Different', 'incidents that both find, with other times, severity or mails'],
};

/** @param {HTMLElement} box @param {TrialResult} result @param {About | undefined} about */
export function drawTrial(box, result, about) {
  const { history, notices, same, emails, perRule, lists } = result;
  const differing = lists.reduce((sum, { total }) => sum + total, 0);
  fill(
    box,
    el(
      'p.verdict',
      el('strong', `${plural(emails.candidate, 'mail')} instead of ${count(emails.inForce)}`),
      ` (${changeOf(emails)}); ${plural(same, 'incident')} in both.`,
    ),
    el(
      'p.muted',
      `${plural(history.readings, 'reading')} of ${plural(history.devices, 'device')}, `,
      when(history.from),
      ' to ',
      when(history.to),
      history.scannedBytes === undefined ? '.' : `; ${size(history.scannedBytes)} scanned.`,
    ),
    notices.map((notice) => el('p.muted', `${notice}.`)),
    ruleTable(perRule),
    differing === 0
      ? el('p.empty', 'No incident would be new, gone or different.')
      : lists.map((one) => incidentTable(one, about)),
  );
}

/** @param {{ candidate: number, inForce: number }} versus */
function changeOf({ candidate, inForce }) {
  const change = candidate - inForce;
  return change === 0 ? 'as many' : `${change > 0 ? '+' : '−'}${count(Math.abs(change))}`;
}

/** @param {TrialResult['perRule']} perRule */
function ruleTable(perRule) {
  /** @type {(versus: { candidate: number, inForce: number }) => Children} */
  const cells = ({ candidate, inForce }) => [
    el('td.number', count(inForce)),
    el('td', { class: `number ${candidate === inForce ? '' : 'differs'}` }, count(candidate)),
  ];
  const number = (/** @type {string} */ text) => ({ text, number: true });
  const head = [
    'Rule',
    number('Incidents, in force'),
    number('Incidents, edited'),
    number('Mails, in force'),
    number('Mails, edited'),
  ];
  return table(
    'Per rule',
    head,
    perRule.map(({ rule, incidents, emails }) =>
      el('tr', el('th', { scope: 'row' }, rule), cells(incidents), cells(emails)),
    ),
  );
}

/** @type {(list: TrialList, about: About | undefined) => Children} */
function incidentTable({ name, total, incidents }, about) {
  if (total === 0) return false;
  const [title, meaning] = TITLES[name];
  const head = ['Device', 'Rule', 'Fires', 'Lasts', 'Severity', 'Worst', { text: 'Mails', number: true }];
  const rows = incidents.map(({ incident, before }) => row(incident, before?.[0], about));
  return [
    el('h3', `${title}: `, count(total), el('small', ` ${meaning}`)),
    table(`${title} ${meaning}`, head, rows),
    total > incidents.length && el('p.muted', `The first ${count(incidents.length)} of ${count(total)}.`),
  ];
}

/** @type {(incident: BacktestIncident, before: BacktestIncident | undefined, about: About | undefined) => HTMLElement} */
function row(incident, before, about) {
  /** What it was is said where it was otherwise. @param {(one: BacktestIncident) => string} words */
  const cell = (words) => {
    const [now, then] = [words(incident), before && words(before)];
    return el('td', now, then !== undefined && then !== now && el('small', ` instead of ${then}`));
  };
  const { fired_at, metric, peak, emails } = incident;
  return el(
    'tr',
    el('th', { scope: 'row' }, link(addressAt(incident), subject(incident))),
    cell(({ rule }) => rule),
    el(
      'td',
      when(fired_at),
      before && before.fired_at !== fired_at && el('small', ' instead of ', when(before.fired_at)),
    ),
    cell(lasts),
    cell(({ severity }) => severity),
    el('td', worst(about, metric, peak)),
    el(
      'td.number',
      count(emails),
      before && before.emails !== emails && el('small', ` instead of ${count(before.emails)}`),
    ),
  );
}

/** @param {BacktestIncident} incident */
const subject = ({ device_id, site_id }) =>
  device_id === '*' ? `site ${site_id}` : `${device_id} at ${site_id}`;

/** @param {BacktestIncident} incident */
function lasts({ started_at, ended_at, seen_until }) {
  const length = span(Date.parse(ended_at ?? seen_until) - Date.parse(started_at));
  return ended_at === null ? `${length} so far` : length;
}

/** @type {(about: About | undefined, metric: string | null, peak: number) => string} */
function worst(about, metric, peak) {
  if (metric === null) return span(peak * 1000);
  return `${measured(peak)}${about ? ` ${describeMetric(about, metric).unit}` : ''}`;
}

/** The device, or its site, around that time. @param {BacktestIncident} incident */
function addressAt(incident) {
  const { site_id, device_id, started_at, ended_at, seen_until } = incident;
  const [from, to] = [
    Date.parse(started_at) / 1000 - AROUND_S,
    Date.parse(ended_at ?? seen_until) / 1000 + AROUND_S,
  ];
  const address = device_id === '*' ? siteAddress(site_id) : deviceAddress(incident);
  return `${address}?${new URLSearchParams(Object.entries(rangeChoices(from, to)).flatMap(([name, value]) => (value ? [[name, value]] : [])))}`;
}

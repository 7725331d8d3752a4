// What happened in an incident, in order.
import { deedWords } from './desk.js';
import { badgeClass, el, link } from './dom.js';
import { when } from './format.js';

/** @import { IncidentStep, ListedIncident } from '../page-state.ts' */

/** Its alerts and what people did, in order. @type {(incident: ListedIncident, said: (value: number) => string) => HTMLElement} */
export function timeline({ timeline: steps, acknowledged, close_requested }, said) {
  const entries = [
    ...steps.map((step) => ({ at: step.at, item: stepItem(step, said) })),
    ...(acknowledged ? [{ at: acknowledged.at, item: deedItem('acknowledged', acknowledged) }] : []),
    ...(close_requested
      ? [{ at: close_requested.at, item: deedItem('close requested', close_requested) }]
      : []),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (entries.length === 0) return el('p.muted', 'No alert of it is among those that are kept.');
  return el(
    'ol.timeline',
    entries.map(({ item }) => item),
  );
}

/** @type {(step: IncidentStep, said: (value: number) => string) => HTMLElement} */
const stepItem = ({ status, severity, at, value, silenced_by }, said) =>
  el(
    'li',
    when(at),
    ' ',
    el('span', { class: badgeClass(status === 'resolved' ? status : 'firing', severity) }, status),
    ` ${severity}, ${said(value)}`,
    silenced_by !== undefined && [' · told nobody: ', link('#/silences', `silence ${silenced_by}`)],
  );

/** @type {(what: string, deed: { by: string, at: string, comment?: string | undefined }) => HTMLElement} */
const deedItem = (what, deed) =>
  el('li', when(deed.at), ' ', el('span.badge', what), ' by ', deedWords(deed));

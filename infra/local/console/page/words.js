// Incidents of every kind in a person's words.
import { span } from './format.js';
import { describeMetric } from './metrics.js';

/** @import { About, ListedIncident } from '../page-state.ts' */

/** How a value of the incident is said. @param {About} about @param {ListedIncident} incident */
export function measure(about, { kind, metric }) {
  const { unit } = describeMetric(about, metric);
  /** @param {number} value */
  return (value) => {
    if (kind === 'silent') return `silent for ${span(value * 1000)}`;
    return `${kind === 'noisy' ? 'steps of ' : ''}${value.toFixed(kind === 'noisy' ? 2 : 1)} ${unit}`;
  };
}

/**
 * The worst so far, and what it is compared with.
 * @param {About} about @param {ListedIncident} incident @returns {[worst: string, compared: string | undefined]}
 */
export function worstOf(about, incident) {
  const { kind, peak, limit, normal, metric } = incident;
  const { unit } = describeMetric(about, metric);
  const said = measure(about, incident);
  switch (kind) {
    case 'silent':
      return [peak === undefined ? 'not heard lately' : said(peak), limit && `told after ${limit}`];
    case 'stuck':
      return [peak === undefined ? 'unchanged' : `stuck at ${said(peak)}`, normal && `usually for ${normal}`];
    case 'noisy':
      return [peak === undefined ? 'noisy' : said(peak), normal && `normally ${normal} ${unit}`];
    default:
      return [
        peak === undefined ? 'not enough breaches yet' : `peak ${said(peak)}`,
        limit && `threshold ${limit} ${unit}`,
      ];
  }
}

/**
 * The same for a list of facts, each with its name.
 * @param {About} about @param {ListedIncident} incident @returns {[string, string | undefined][]}
 */
export function worstFacts(about, incident) {
  const { kind, peak, limit, normal } = incident;
  const [worst, compared] = worstOf(about, incident);
  if (kind === 'silent')
    return [
      ['Value', worst],
      ['Told after', limit],
    ];
  if (kind === 'stuck' || kind === 'noisy')
    return [
      ['Value', worst],
      ['Normal', normal && compared],
    ];
  const { unit } = describeMetric(about, incident.metric);
  return [
    ['Peak', peak === undefined ? undefined : measure(about, incident)(peak)],
    ['Threshold', limit && `${limit} ${unit}`],
  ];
}

/** Who it is about. @param {ListedIncident} incident */
export const subjectOf = ({ device_id }) => (device_id === '*' ? 'whole site' : device_id);

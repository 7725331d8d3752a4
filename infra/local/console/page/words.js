// Incidents of every kind in a person's words.
import { measured, span } from './format.js';
import { describeMetric } from './metrics.js';

/** @import { About, ListedIncident } from '../page-state.ts' */

/** By kind: what comes before the worst value, and before what it is compared with. */
const LABELS = {
  threshold: ['peak', 'threshold'],
  stuck: ['stuck at', 'usually for'],
  noisy: ['steps of', 'normally'],
  silent: ['silent for', 'told after'],
  unusual: ['an hour at', 'normally'],
};
/** Kinds that compare with what is normal for the device. */
const BY_NORMAL = ['stuck', 'noisy', 'unusual'];
/** Kinds whose comparison is a number in the metric's unit. */
const IN_UNIT = ['threshold', 'noisy', 'unusual'];

/** @param {About} about @param {ListedIncident} incident @param {number} value */
export const measure = (about, { kind, metric }, value) =>
  kind === 'silent' ? span(value * 1000) : `${measured(value)} ${describeMetric(about, metric).unit}`;

/**
 * The worst so far, and what it is compared with, each with its label; empty where it is not known.
 * @param {About} about @param {ListedIncident} incident @returns {[label: string, text: string][]}
 */
export function worstOf(about, incident) {
  const { kind = 'threshold', peak, threshold, normal, metric } = incident;
  const [worst, compared] = LABELS[kind] ?? LABELS.threshold;
  const text = BY_NORMAL.includes(kind) ? normal : threshold;
  const unit = IN_UNIT.includes(kind) ? ` ${describeMetric(about, metric).unit}` : '';
  return [
    [`${worst}`, peak === undefined ? '' : measure(about, incident, peak)],
    [`${compared}`, text ? `${text}${unit}` : ''],
  ];
}

/** Who it is about. @param {ListedIncident} incident */
export const subjectOf = ({ device_id }) => (device_id === '*' ? 'whole site' : device_id);

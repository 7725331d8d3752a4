/** What a rule says that does not say it: for the schemas of a rules file, and for those who read one that was checked. */
import { METRIC_FIELDS, type Metric } from './reading.ts';

export const RULE_DEFAULTS = {
  all: { sendResolved: true, notifyWithin: '6h' },
  threshold: { evaluationPeriods: 1, datapointsToClear: 1 },
  stuck: { for: '0s' },
  noisy: {},
  silent: { of: 'device', for: '5m', forgetAfter: '7d' },
  unusual: { sensitivity: 'medium', direction: 'both', keepFiringFor: '3h' },
} as const;

/** The smallest change that is worth a mail, by the metric's unit. */
const SMALLEST_CHANGE: Record<string, number> = { '°C': 2, '%': 5 };

/** `minimumChange` of a rule of kind `unusual`. */
export const smallestChange = (metric: Metric): number => SMALLEST_CHANGE[METRIC_FIELDS[metric].unit] ?? 0;

/**
 * The kind `silent`: nothing comes. No reading can say that, so single readings decide nothing here: silence.ts folds
 * what a whole batch says about a site, and a watchdog looks after whole sites.
 */
import type { Alert } from '../contract/alert.ts';
import { describeLength, parseDuration } from '../contract/duration.ts';
import type { SilentRule } from '../contract/rule.ts';
import { WHOLE_SITE } from '../contract/whole-site.ts';
import { type CompiledKind, NEVER_BREACHES } from './compiled-rule.ts';
import { formatTime, type Words } from './words.ts';

export interface CompiledSilence extends CompiledKind {
  readonly rule: SilentRule;
}

export function compileSilent(rule: SilentRule): CompiledSilence {
  return {
    ...{ rule, name: rule.name, metric: null, ...NEVER_BREACHES },
    forMs: parseDuration(rule.for),
    valueOf: () => undefined,
    evaluate: (incident) => ({ incident }),
    comparison: () => ({ operator: 'silent', threshold: rule.for }),
  };
}

const silentFor = ({ value }: Alert) => `silent for ${describeLength(value * 1000)}`;

export const silentWords: Words = {
  what: ({ device_id }) => (device_id === WHOLE_SITE ? 'Site silent' : 'Device silent'),
  now: (alert) =>
    alert.device_id === WHOLE_SITE
      ? `${silentFor(alert)}, other sites speak${alert.normal ? `; ${alert.normal}` : ''}`
      : `${silentFor(alert)}, its site speaks`,
  over: (alert) => `${alert.normal ?? 'heard again'}, ${silentFor(alert)}`,
  lines: (alert) => [
    ['Silent', `for ${describeLength(alert.value * 1000)}; told after ${alert.threshold}`],
    ['Last heard', formatTime(alert.started_at)],
    ...(alert.normal ? [['Note', alert.normal] as [string, string]] : []),
  ],
  columns: (alert) => [
    ['Silent', describeLength(alert.value * 1000)],
    ['Since', alert.started_at.slice(11, 19)],
  ],
};

/** Parsers for the simulator's own options. Their errors name what was expected and what came. */
import { expected, oneOf, positiveDuration } from '../../infra/cli/arguments.ts';
import { METRICS, type Metric } from '../../services/contract/reading.ts';
import { ANOMALY_KINDS, type AnomalyKind } from '../../services/contract/truth.ts';
import type { Injection } from '../fleet.ts';
import { burstPlan, type PacePlan, rampPlan } from '../pace.ts';

/** A factor such as `60x`. */
export function factor(text: string): number {
  const value = Number(/^(\d+(?:\.\d+)?)x?$/.exec(text)?.[1]);
  if (!(value > 0)) throw expected('a factor such as 60x', text);
  return value;
}

export function anomalyKinds(text: string): AnomalyKind[] {
  return text.split(',').map((kind) => oneOf(ANOMALY_KINDS, kind.trim(), 'kinds of anomaly'));
}

export const metric = (text: string): Metric => oneOf(METRICS, text, 'a metric');

/** `10,25,50,100%:30s` */
export function ramp(text: string): PacePlan {
  const match = /^(\d+%?(?:,\d+%?)*):(\S+)$/.exec(text);
  const percents = (match?.[1] ?? '').split(',').map((part) => Number(part.replace('%', '')));
  if (!match || percents.some((percent) => percent < 1 || percent > 100)) {
    throw expected('percentages of the rate and the length of each step, such as 10,25,50,100%:30s', text);
  }
  return rampPlan(
    percents.map((percent) => percent / 100),
    positiveDuration(match[2] as string),
  );
}

/** `5x:10s/60s`: five times the rate in the last 10 s of every minute. */
export function burst(text: string): { plan: PacePlan; factor: number } {
  const match = /^([^:]+):([^/]+)\/(.+)$/.exec(text);
  if (!match) throw expected('a factor, a length and a period, such as 5x:10s/60s', text);
  const [times, length, period] = [
    factor(match[1] as string),
    positiveDuration(match[2] as string),
    positiveDuration(match[3] as string),
  ];
  if (length >= period) throw expected('a burst shorter than its period, such as 5x:10s/60s', text);
  return { plan: burstPlan(times, length, period), factor: times };
}

export type InjectionSpec = Omit<Injection, 'device'> & { deviceId: string };

/** `spike@dev-3:temperature+20s/15s`; a dropout has no metric: `dropout@dev-3+20s/15s`. */
export function injection(text: string): InjectionSpec {
  const match = /^([a-z]+)@([A-Za-z0-9._-]+?)(?::([a-z]+))?\+([^/]+)\/(.+)$/.exec(text);
  if (!match) {
    throw expected('kind@device:metric+start/length, such as spike@dev-3:temperature+20s/15s', text);
  }
  const [, kindText, deviceId, metricText, start, length] = match as unknown as [
    string,
    string,
    string,
    string | undefined,
    string,
    string,
  ];
  const kind = oneOf(ANOMALY_KINDS, kindText, 'a kind of anomaly');
  if (kind === 'dropout' && metricText !== undefined) {
    throw expected(
      `no metric, for a dropout silences the whole device: ${kind}@${deviceId}+${start}/${length}`,
      text,
    );
  }
  if (kind !== 'dropout' && metricText === undefined) {
    throw expected(`a metric: ${kind}@${deviceId}:temperature+${start}/${length}`, text);
  }
  return {
    kind,
    deviceId,
    metric: metricText === undefined ? undefined : metric(metricText),
    startMs: /^0(ms|s|m|h|d)?$/.test(start) ? 0 : positiveDuration(start),
    durationMs: positiveDuration(length),
  };
}

export function addAddress(text: string, others: readonly string[]): string[] {
  if (URL.canParse(text) && /^https?:\/\//.test(text)) return [...others, text];
  throw expected('the address of a gateway, such as http://127.0.0.1:8080', text);
}

/** The same for an option that may be repeated. */
export const addInjection = (text: string, others: readonly InjectionSpec[]): InjectionSpec[] => [
  ...others,
  injection(text),
];

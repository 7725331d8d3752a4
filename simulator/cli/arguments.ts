/** Parsers for the simulator's own options. Their errors name what was expected and what came. */
import { expected, oneOf, positiveDuration } from '../../infra/cli/arguments.ts';
import { METRICS, type Metric } from '../../services/contract/reading.ts';
import { instantMs, isTime } from '../../services/contract/time.ts';
import {
  ANOMALY_KINDS,
  type AnomalyKind,
  DEVICE_ANOMALIES,
  type DeviceAnomaly,
} from '../../services/contract/truth.ts';
import { burstPlan, type PacePlan, rampPlan } from '../pace.ts';
import { FINEST, type Resolution } from '../wire.ts';

/** A factor such as `60x`. */
export function factor(text: string): number {
  const value = Number(/^(\d+(?:\.\d+)?)x?$/.exec(text)?.[1]);
  if (!(value > 0)) throw expected('a factor such as 60x', text);
  return value;
}

export function anomalyKinds(text: string): DeviceAnomaly[] {
  return text.split(',').map((kind) => oneOf(DEVICE_ANOMALIES, kind.trim(), 'kinds of anomaly of a device'));
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

/** `spike@dev-3:temperature+20s/15s`; silence has no metric: `dropout@dev-3+20s/15m`, `outage@port-janick-1+1h/20m`. */
export interface InjectionSpec {
  kind: AnomalyKind;
  /** The id of a device; of an `outage`, that of a site. */
  target: string;
  metric: Metric | undefined;
  startMs: number;
  durationMs: number;
}

const INJECTION = /^([a-z]+)@([A-Za-z0-9._-]+?)(?::([a-z]+))?\+([^/]+)\/(.+)$/;

export function injection(text: string): InjectionSpec {
  const match = INJECTION.exec(text);
  if (!match) {
    throw expected('kind@device:metric+start/length, such as spike@dev-3:temperature+20s/15s', text);
  }
  const [, kindText = '', target = '', metricText, start = '', length = ''] = match;
  const kind = oneOf(ANOMALY_KINDS, kindText, 'a kind of anomaly');
  const silences = kind === 'dropout' || kind === 'outage';
  if (silences && metricText !== undefined) {
    const what =
      kind === 'outage' ? 'an outage silences the whole site' : 'a dropout silences the whole device';
    throw expected(`no metric, for ${what}: ${kind}@${target}+${start}/${length}`, text);
  }
  if (!silences && metricText === undefined) {
    throw expected(`a metric: ${kind}@${target}:temperature+${start}/${length}`, text);
  }
  return {
    kind,
    target,
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

/** `temperature:0.5,ram:1`: what coarse sensors resolve. */
export function resolution(text: string): Resolution {
  const parts = text.split(',').map((part) => {
    const [, name = '', step = ''] = /^\s*([a-z_]+):([\d.]+)\s*$/.exec(part) ?? [];
    if (!(Number(step) >= FINEST)) {
      throw expected(`metrics with a resolution of ${FINEST} or more, such as temperature:0.5,ram:1`, text);
    }
    return [metric(name), Number(step)] as const;
  });
  return Object.fromEntries(parts);
}

/** An RFC 3339 time, in ms since the epoch. */
export function time(text: string): number {
  if (isTime(text)) return instantMs(text);
  throw expected('a time such as 2026-01-05T08:00:00Z', text);
}

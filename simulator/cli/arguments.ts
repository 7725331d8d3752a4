/** Values of command line options: each parser says what it expected, and what came. */
import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../services/contract/duration.ts';
import { METRICS, type Metric } from '../../services/contract/reading.ts';
import { ANOMALY_KINDS, type AnomalyKind } from '../../services/contract/truth.ts';
import type { Injection } from '../fleet.ts';
import { deviceNumber } from '../identity.ts';
import { burstPlan, type PacePlan, rampPlan } from '../pace.ts';

const expected = (what: string, got: string) => new InvalidArgumentError(`Expected ${what}, got "${got}".`);

/** An integer from `min` to `max`. */
export const integer =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw expected(`a whole number from ${min} to ${max}`, text);
    }
    return value;
  };

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) throw expected('a number above 0', text);
  return value;
}

/** A share, 0 to 1. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw expected('a share from 0 to 1, such as 0.02 for 2 %', text);
  }
  return value;
}

/** A duration above zero, in ms. */
export function duration(text: string): number {
  let ms: number;
  try {
    ms = parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
  if (ms <= 0) throw expected('a duration above 0', text);
  return ms;
}

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
    duration(match[2] as string),
  );
}

/** `5x:10s/60s`: five times the rate in the last 10 s of every minute. */
export function burst(text: string): { plan: PacePlan; factor: number } {
  const match = /^([^:]+):([^/]+)\/(.+)$/.exec(text);
  if (!match) throw expected('a factor, a length and a period, such as 5x:10s/60s', text);
  const [times, length, period] = [
    factor(match[1] as string),
    duration(match[2] as string),
    duration(match[3] as string),
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
    startMs: /^0(ms|s|m|h|d)?$/.test(start) ? 0 : duration(start),
    durationMs: duration(length),
  };
}

/** Puts an injection on a device of the fleet. */
export function placeInjection({ deviceId, ...rest }: InjectionSpec, devices: number): Injection {
  const device = deviceNumber(deviceId, devices);
  if (device === undefined) {
    throw new InvalidArgumentError(
      `--inject: there is no device ${deviceId} in this fleet of dev-1${devices > 1 ? ` to dev-${devices}` : ''}.`,
    );
  }
  return { ...rest, device };
}

function oneOf<T extends string>(list: readonly T[], text: string, what: string): T {
  if (!list.includes(text as T)) throw expected(`${what} (${list.join(', ')})`, text);
  return text as T;
}

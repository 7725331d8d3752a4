/** Anomalies asked for by name: `--inject`. */
import { expected, oneOf, positiveDuration } from '../../infra/cli/arguments.ts';
import { UserError } from '../../infra/cli/user-error.ts';
import { formatDuration } from '../../services/contract/duration.ts';
import { ANOMALY_KINDS, type AnomalyKind, deviceNumber } from '../../services/contract/truth.ts';
import { type Injection, stepFrom } from '../fleet.ts';
import type { PacePlan } from '../pace.ts';
import { metric } from './arguments.ts';

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

/** What decides how many readings a device makes. */
interface Plan {
  devices: number;
  intervalMs: number;
  pace: PacePlan | undefined;
  duration?: number | undefined;
  count?: number | undefined;
  anomalyRate: number;
  anomalies: readonly AnomalyKind[];
}

/**
 * Puts injections on devices of the fleet.
 * @throws UserError, a misuse, for a device that is not there, and for a start that the run does not reach
 */
export function placeInjections(specs: readonly InjectionSpec[], plan: Plan): Injection[] {
  const { devices, intervalMs, pace } = plan;
  const steps = mostSteps(plan, specs);
  return specs.map(({ deviceId, ...rest }) => {
    const device = deviceNumber(deviceId, devices);
    if (device === undefined) {
      throw UserError.misuse(
        `--inject: there is no device ${deviceId} in this fleet of dev-1${devices > 1 ? ` to dev-${devices}` : ''}.`,
      );
    }
    if (stepFrom(rest.startMs, intervalMs, pace) >= steps) {
      throw UserError.misuse(
        `--inject: ${rest.kind}@${deviceId}+${formatDuration(rest.startMs)} begins after the last reading of the ` +
          'device. Begin it earlier, or let the run last longer.',
      );
    }
    return { ...rest, device };
  });
}

/** Readings that a device makes at most, silence included. */
function mostSteps(plan: Plan, specs: readonly InjectionSpec[]): number {
  const { devices, intervalMs, pace, duration, count, anomalyRate, anomalies } = plan;
  // Silence does not count, so it makes a run of so many readings longer.
  const silent =
    specs.some(({ kind }) => kind === 'dropout') || (anomalyRate > 0 && anomalies.includes('dropout'));
  return Math.min(
    duration === undefined ? Infinity : stepFrom(duration, intervalMs, pace),
    count === undefined || silent ? Infinity : Math.ceil(count / devices),
  );
}

/** Places the anomalies of `--inject` in a run. */
import { UserError } from '../../infra/cli/user-error.ts';
import { formatDuration } from '../../services/contract/duration.ts';
import { deviceNumber, deviceId as idOf } from '../../services/contract/fleet-ids.ts';
import type { AnomalyKind } from '../../services/contract/truth.ts';
import { type Injection, stepFrom } from '../fleet.ts';
import type { PacePlan } from '../pace.ts';
import type { InjectionSpec } from './arguments.ts';

/** The options that decide how many readings a device makes. */
interface Plan {
  seed: number;
  devices: number;
  intervalMs: number;
  pace: PacePlan | undefined;
  duration?: number | undefined;
  count?: number | undefined;
  anomalyRate: number;
  anomalies: readonly AnomalyKind[];
}

/**
 * Assigns injections to devices of the fleet.
 * @throws UserError, a misuse, for an unknown device, and for a start that the run does not reach
 */
export function placeInjections(specs: readonly InjectionSpec[], plan: Plan): Injection[] {
  const { seed, devices, intervalMs, pace } = plan;
  const steps = mostSteps(plan, specs);
  return specs.map(({ deviceId, ...rest }) => {
    const device = deviceNumber(deviceId, seed, devices);
    if (device === undefined) {
      const last = devices > 1 ? ` to ${idOf(seed, devices - 1)}` : '';
      throw UserError.misuse(
        `--inject: there is no device ${deviceId} in this fleet of ${idOf(seed, 0)}${last}.`,
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

/** The largest number of readings of a device, silent ones included. */
function mostSteps(plan: Plan, specs: readonly InjectionSpec[]): number {
  const { devices, intervalMs, pace, duration, count, anomalyRate, anomalies } = plan;
  // Silent readings do not count, so they make a run with a number of readings longer.
  const silent =
    specs.some(({ kind }) => kind === 'dropout') || (anomalyRate > 0 && anomalies.includes('dropout'));
  return Math.min(
    duration === undefined ? Infinity : stepFrom(duration, intervalMs, pace),
    count === undefined || silent ? Infinity : Math.ceil(count / devices),
  );
}

/** Places the anomalies of `--inject` in a run. */
import { UserError } from '../../infra/cli/user-error.ts';
import { formatDuration } from '../../services/contract/duration.ts';
import { deviceNumber, deviceId as idOf } from '../../services/contract/fleet-ids.ts';
import type { DeviceAnomaly } from '../../services/contract/truth.ts';
import { type Injection, stepFrom } from '../fleet.ts';
import { layOutSites } from '../identity.ts';
import type { PacePlan } from '../pace.ts';
import type { InjectionSpec } from './arguments.ts';

/** The options that decide how many readings a device makes. */
interface Plan {
  seed: number;
  devices: number;
  devicesPerSite?: number | undefined;
  intervalMs: number;
  pace: PacePlan | undefined;
  duration?: number | undefined;
  count?: number | undefined;
  anomalyRate: number;
  anomalies: readonly DeviceAnomaly[];
}

/**
 * Assigns injections to devices and sites of the fleet.
 * @throws UserError, a misuse, for an unknown one, and for a start that the run does not reach
 */
export function placeInjections(specs: readonly InjectionSpec[], plan: Plan): Injection[] {
  const steps = mostSteps(plan, specs);
  return specs.map((spec) => {
    const placed = place(spec, plan);
    if (stepFrom(spec.startMs, plan.intervalMs, plan.pace) < steps) return placed;
    throw UserError.misuse(
      `--inject: ${spec.kind}@${spec.target}+${formatDuration(spec.startMs)} begins after the last reading of the ` +
        `${spec.kind === 'outage' ? 'site' : 'device'}. Begin it earlier, or let the run last longer.`,
    );
  });
}

function place({ kind, target, metric, startMs, durationMs }: InjectionSpec, plan: Plan): Injection {
  const { seed, devices } = plan;
  if (kind === 'outage') return { kind, site: siteNumber(target, plan), startMs, durationMs };
  const device = deviceNumber(target, seed, devices);
  if (device !== undefined) return { kind, device, metric, startMs, durationMs };
  const last = devices > 1 ? ` to ${idOf(seed, devices - 1)}` : '';
  throw UserError.misuse(`--inject: there is no device ${target} in this fleet of ${idOf(seed, 0)}${last}.`);
}

/** Site ids that an error lists. */
const LISTED = 6;

function siteNumber(siteId: string, { seed, devices, devicesPerSite }: Plan): number {
  const sites = layOutSites(seed, devices, devicesPerSite).map((site) => site.siteId);
  const number = sites.indexOf(siteId);
  if (number >= 0) return number;
  const some = sites.slice(0, LISTED).join(', ') + (sites.length > LISTED ? ', …' : '');
  throw UserError.misuse(`--inject: there is no site ${siteId} in this fleet. Its sites: ${some}.`);
}

/** The largest number of readings of a device, silent ones included. */
function mostSteps(plan: Plan, specs: readonly InjectionSpec[]): number {
  const { devices, intervalMs, pace, duration, count, anomalyRate, anomalies } = plan;
  // Silent readings do not count, so they make a run with a number of readings longer.
  const silent =
    specs.some(({ kind }) => kind === 'dropout' || kind === 'outage') ||
    (anomalyRate > 0 && anomalies.includes('dropout'));
  return Math.min(
    duration === undefined ? Infinity : stepFrom(duration, intervalMs, pace),
    count === undefined || silent ? Infinity : Math.ceil(count / devices),
  );
}

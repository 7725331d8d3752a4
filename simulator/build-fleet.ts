/** Builds the sites of a fleet: their gateways, devices, anomalies and transport, all decided by the seed. */
import { WHOLE_SITE } from '../services/contract/alert.ts';
import { deviceId } from '../services/contract/fleet-ids.ts';
import type { Metric } from '../services/contract/reading.ts';
import type { DeviceAnomaly } from '../services/contract/truth.ts';
import { AnomalyProcess } from './anomaly.ts';
import { Course, type EpisodeListeners, type PlannedEpisode } from './course.ts';
import { Device } from './device.ts';
import type { FleetLayout, Site } from './identity.ts';
import { Pace, type PacePlan, steadyPlan } from './pace.ts';
import { hashUnit, Random } from './random.ts';
import { DeviceSignals, SignalModel } from './signal.ts';
import type { SourceCounts } from './source.ts';
import { type FaultRates, Transport } from './transport.ts';
import { lineHead, type Resolution } from './wire.ts';

/** Keeps the random streams of different purposes apart. */
const STREAM = {
  signals: 0,
  anomalies: 0x3c6ef372,
  transport: 0x1f83d9ab,
  phase: 0x5be0cd19,
  jitter: 0x2545f491,
  outages: 0x6a09e667,
};

/** An episode that `--inject` asks for: of a device, or of a whole site. Both are counted from 0. */
export type Injection = {
  /** From the start of the run, wall time. */
  startMs: number;
  durationMs: number;
} & ({ kind: DeviceAnomaly; device: number; metric: Metric | undefined } | { kind: 'outage'; site: number });

export interface FleetOptions extends FleetLayout {
  intervalMs: number;
  pace?: PacePlan;
  /** End of the schedule, wall time from the start. */
  durationMs?: number;
  /** Readings after which it ends. */
  count?: number;
  /** What a sensor cannot resolve, in the metric's unit. */
  resolution?: Resolution;
  anomalyRate?: number;
  anomalyKinds?: readonly DeviceAnomaly[];
  injections?: readonly Injection[];
  faults?: FaultRates;
  onEpisodeBegin?: EpisodeListeners['onBegin'];
  onEpisodeEnd?: EpisodeListeners['onEnd'];
  /** Whether anomalies may be injected during the run. */
  injectable?: boolean;
}

export interface Member {
  device: Device;
  head: string;
  jitterKey: number;
}

export interface Gateway {
  site: Site;
  /** When in each interval it polls, nominal ms. */
  phaseMs: number;
  members: Member[];
  /** Its outages, if it has any. */
  course: Course | undefined;
  transport: Transport | undefined;
}

/** The gateways of these sites, in the order of their phases. */
export function buildGateways(
  options: FleetOptions,
  sites: readonly Site[],
  counts: SourceCounts,
): Gateway[] {
  const builder = new GatewayBuilder(options, counts);
  return sites.map((site, number) => builder.gateway(site, number)).sort((a, b) => a.phaseMs - b.phaseMs);
}

class GatewayBuilder {
  private readonly options: FleetOptions;
  private readonly model: SignalModel;
  private readonly counts: SourceCounts;
  private readonly listeners: EpisodeListeners;

  constructor(options: FleetOptions, counts: SourceCounts) {
    this.options = options;
    this.counts = counts;
    this.model = new SignalModel(options.intervalMs);
    this.listeners = { onBegin: options.onEpisodeBegin, onEnd: options.onEpisodeEnd };
  }

  gateway(site: Site, number: number): Gateway {
    const { seed, intervalMs, faults } = this.options;
    return {
      site,
      phaseMs: hashUnit(seed ^ STREAM.phase, number) * intervalMs,
      members: Array.from({ length: site.devices }, (_, i) => this.member(site, site.firstDevice + i)),
      course: this.outages(site, number),
      transport:
        faults && new Transport(faults, new Random(seed ^ STREAM.transport, number), this.counts.faults),
    };
  }

  private member(site: Site, number: number): Member {
    const { seed } = this.options;
    const signals = new DeviceSignals(this.model, seed ^ STREAM.signals, number);
    const id = deviceId(seed, number);
    return {
      device: new Device(id, site.siteId, signals, this.anomalies(id, site.siteId, number)),
      head: lineHead(id, site.siteId),
      jitterKey: (seed ^ STREAM.jitter) + Math.imul(number, 0x9e3779b1),
    };
  }

  private anomalies(id: string, siteId: string, number: number): Course | undefined {
    const { seed, intervalMs, anomalyRate = 0, anomalyKinds = [], injectable } = this.options;
    const planned = this.planned((one) => one.kind !== 'outage' && one.device === number);
    if (anomalyRate === 0 && planned.length === 0 && !injectable) return undefined;
    const random = new Random(seed ^ STREAM.anomalies, number);
    const process =
      anomalyRate > 0 ? new AnomalyProcess(anomalyRate, anomalyKinds, intervalMs, random) : undefined;
    return new Course({ deviceId: id, siteId }, planned, random, this.listeners, process);
  }

  private outages({ siteId }: Site, number: number): Course | undefined {
    const planned = this.planned((one) => one.kind === 'outage' && one.site === number);
    if (planned.length === 0) return undefined;
    const random = new Random(this.options.seed ^ STREAM.outages, number);
    return new Course({ deviceId: WHOLE_SITE, siteId }, planned, random, this.listeners);
  }

  /** The readings that some of the injections affect. */
  private planned(isMeant: (injection: Injection) => boolean): PlannedEpisode[] {
    const { injections = [], intervalMs, pace } = this.options;
    return injections.filter(isMeant).map((injection) => {
      const { kind, startMs, durationMs } = injection;
      const firstStep = stepFrom(startMs, intervalMs, pace);
      const length = Math.max(1, stepFrom(startMs + durationMs, intervalMs, pace) - firstStep);
      return { kind, metric: 'metric' in injection ? injection.metric : undefined, firstStep, length };
    });
  }
}

/** Number of a device's first reading that is made at `wallMs` from the start of the run, or later. */
export const stepFrom = (wallMs: number, intervalMs: number, plan: PacePlan = steadyPlan): number =>
  Math.ceil(new Pace(plan).toNominal(wallMs) / intervalMs);

/**
 * The fleet: sites, each with an edge gateway that polls its devices once per interval and packs their readings.
 *
 * Polls have a fixed order of phases, so no queue of events is needed. The seed alone decides the content of every
 * record; timing decides only when it is sent.
 */
import { deviceId } from '../services/contract/fleet-ids.ts';
import type { Metric } from '../services/contract/reading.ts';
import type { AnomalyKind } from '../services/contract/truth.ts';
import { AnomalyProcess, type Episode } from './anomaly.ts';
import { type Anomalies, Device, type EpisodeListener, type PlannedEpisode } from './device.ts';
import { type FleetLayout, layOut, type Site } from './identity.ts';
import { Pace, type PacePlan, steadyPlan } from './pace.ts';
import { hashUnit, Random } from './random.ts';
import { DeviceSignals, SignalModel } from './signal.ts';
import type { Source, SourceCounts } from './source.ts';
import { type FaultRates, noFaults, Transport } from './transport.ts';
import { LineWriter, lineHead, type PackedRecord, Packer } from './wire.ts';

/** A poll takes this share of the interval: the jitter of its devices' timestamps. */
const POLL_SPREAD = 0.1;

/** Keeps the random streams of different purposes apart. */
const STREAM = {
  signals: 0,
  anomalies: 0x3c6ef372,
  transport: 0x1f83d9ab,
  phase: 0x5be0cd19,
  jitter: 0x2545f491,
};

/** An episode that `--inject` asks for. */
export interface Injection {
  kind: AnomalyKind;
  /** Number of the device, from 0. */
  device: number;
  metric: Metric | undefined;
  /** From the start of the run, wall time. */
  startMs: number;
  durationMs: number;
}

export interface FleetOptions extends FleetLayout {
  intervalMs: number;
  pace?: PacePlan;
  /** End of the schedule, wall time from the start. */
  durationMs?: number;
  /** Readings after which it ends. */
  count?: number;
  anomalyRate?: number;
  anomalyKinds?: readonly AnomalyKind[];
  injections?: readonly Injection[];
  faults?: FaultRates;
  onEpisodeBegin?: (device: Device, episode: Episode) => void;
  onEpisodeEnd?: EpisodeListener;
  /** Whether anomalies may be injected during the run. */
  injectable?: boolean;
}

interface Member {
  device: Device;
  head: string;
  jitterKey: number;
}

interface Gateway {
  site: Site;
  /** When in each interval it polls, nominal ms. */
  phaseMs: number;
  members: Member[];
  transport: Transport | undefined;
}

export class Fleet implements Source {
  readonly counts: SourceCounts = { made: 0, silent: 0, anomalous: 0, faults: noFaults() };
  readonly sites: readonly Site[];
  nextDueMs: number | undefined;
  private readonly gateways: Gateway[];
  private readonly intervalMs: number;
  private readonly spreadMs: number;
  private readonly pace: Pace;
  /** End of the schedule, nominal ms. */
  private readonly endMs: number;
  private readonly count: number;
  private readonly writer = new LineWriter();
  private round = 0;
  private turn = 0;

  constructor(options: FleetOptions) {
    const plan = options.pace ?? steadyPlan;
    this.intervalMs = options.intervalMs;
    this.spreadMs = options.intervalMs * POLL_SPREAD;
    this.pace = new Pace(plan);
    this.endMs =
      options.durationMs === undefined
        ? Number.POSITIVE_INFINITY
        : new Pace(plan).toNominal(options.durationMs);
    this.count = options.count ?? Number.POSITIVE_INFINITY;
    this.sites = layOut(options);
    const build = new GatewayBuilder(options, plan, this.counts);
    this.gateways = this.sites.map((site, number) => build.gateway(site, number));
    this.gateways.sort((a, b) => a.phaseMs - b.phaseMs);
    this.plan();
  }

  poll(startMs: number, nowMs: number): PackedRecord[] {
    const gateway = this.gateways[this.turn] as Gateway;
    const beginMs = this.pace.toWall(this.slotMs());
    const dueMs = this.nextDueMs as number;
    const packer = new Packer(gateway.site.siteId, startMs + dueMs);
    this.writer.sendingAt(nowMs);
    for (const member of gateway.members) {
      if (this.counts.made >= this.count) break;
      const moment = hashUnit(member.jitterKey, this.round);
      this.read(member, startMs + beginMs + moment * (dueMs - beginMs), gateway.transport, packer);
    }
    gateway.transport?.release(this.round, packer, this.writer);
    this.turn++;
    if (this.turn === this.gateways.length) {
      this.turn = 0;
      this.round++;
    }
    this.plan();
    return packer.take();
  }

  finish(nowMs: number): PackedRecord[] {
    this.writer.sendingAt(nowMs);
    const devices = this.gateways.flatMap(({ members }) => members.map(({ device }) => device));
    this.counts.unbegun = devices.reduce((sum, { unbegun }) => sum + unbegun, 0);
    for (const device of devices) device.finish(nowMs);
    return this.gateways.flatMap(({ site, transport }) => {
      const packer = new Packer(site.siteId, nowMs);
      transport?.release(Number.POSITIVE_INFINITY, packer, this.writer);
      return packer.take();
    });
  }

  /** Begins an anomaly with the device's next reading. Returns false for an unknown device. */
  inject(id: string, kind: AnomalyKind, metric: Metric, durationMs: number): boolean {
    for (const { members } of this.gateways) {
      const member = members.find(({ device }) => device.deviceId === id);
      if (!member) continue;
      member.device.inject(kind, metric, Math.max(1, Math.round(durationMs / this.intervalMs)));
      return true;
    }
    return false;
  }

  private read(
    { device, head }: Member,
    timeMs: number,
    transport: Transport | undefined,
    packer: Packer,
  ): void {
    const speaks = device.advance(timeMs);
    if (device.anomalous) this.counts.anomalous++;
    if (!speaks) {
      this.counts.silent++;
      return;
    }
    this.counts.made++;
    if (transport === undefined) {
      packer.add(this.writer.line(head, device.seq++, device, timeMs));
      return;
    }
    const fault = transport.draw();
    const error = fault === 'clockSkew' ? transport.clockErrorMs() : 0;
    const line = this.writer.line(head, device.seq++, device, timeMs + error);
    transport.carry(line, fault, this.round, packer);
  }

  /** Nominal time at which the next gateway begins its poll. */
  private slotMs(): number {
    return this.round * this.intervalMs + (this.gateways[this.turn] as Gateway).phaseMs;
  }

  private plan(): void {
    const slot = this.slotMs();
    const over = slot >= this.endMs || this.counts.made >= this.count;
    // A poll is sent when its last device has answered.
    this.nextDueMs = over ? undefined : this.pace.toWall(slot + this.spreadMs);
  }
}

/** Creates a fleet's gateways with everything behind them. */
class GatewayBuilder {
  private readonly options: FleetOptions;
  private readonly model: SignalModel;
  private readonly counts: SourceCounts;
  private readonly planned: Map<number, PlannedEpisode[]>;

  constructor(options: FleetOptions, plan: PacePlan, counts: SourceCounts) {
    this.options = options;
    this.counts = counts;
    this.model = new SignalModel(options.intervalMs);
    this.planned = placeInjections(options, plan);
  }

  gateway(site: Site, number: number): Gateway {
    const { seed, intervalMs, faults } = this.options;
    return {
      site,
      phaseMs: hashUnit(seed ^ STREAM.phase, number) * intervalMs,
      members: Array.from({ length: site.devices }, (_, i) => this.member(site, site.firstDevice + i)),
      transport:
        faults && new Transport(faults, new Random(seed ^ STREAM.transport, number), this.counts.faults),
    };
  }

  private member(site: Site, number: number): Member {
    const { seed } = this.options;
    const signals = new DeviceSignals(this.model, seed ^ STREAM.signals, number);
    const id = deviceId(seed, number);
    return {
      device: new Device(id, site.siteId, signals, this.anomalies(number)),
      head: lineHead(id, site.siteId),
      jitterKey: (seed ^ STREAM.jitter) + Math.imul(number, 0x9e3779b1),
    };
  }

  private anomalies(number: number): Anomalies | undefined {
    const { seed, anomalyRate = 0, anomalyKinds = [], injectable, onEpisodeBegin } = this.options;
    const { onEpisodeEnd = () => {} } = this.options;
    const planned = this.planned.get(number) ?? [];
    if (anomalyRate === 0 && planned.length === 0 && !injectable) return undefined;
    const random = new Random(seed ^ STREAM.anomalies, number);
    const process = anomalyRate > 0 ? new AnomalyProcess(anomalyRate, anomalyKinds, random) : undefined;
    return { process, planned, random, onBegin: onEpisodeBegin, onEnd: onEpisodeEnd };
  }
}

/** Number of a device's first reading that is made at `wallMs` from the start of the run, or later. */
export const stepFrom = (wallMs: number, intervalMs: number, plan: PacePlan = steadyPlan): number =>
  Math.ceil(new Pace(plan).toNominal(wallMs) / intervalMs);

/** The readings that the injections affect, by device. */
function placeInjections(options: FleetOptions, plan: PacePlan): Map<number, PlannedEpisode[]> {
  const byDevice = new Map<number, PlannedEpisode[]>();
  for (const { device, kind, metric, startMs, durationMs } of options.injections ?? []) {
    const firstStep = stepFrom(startMs, options.intervalMs, plan);
    const afterStep = stepFrom(startMs + durationMs, options.intervalMs, plan);
    const length = Math.max(1, afterStep - firstStep);
    byDevice.set(device, [...(byDevice.get(device) ?? []), { kind, metric, firstStep, length }]);
  }
  return byDevice;
}

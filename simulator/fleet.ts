/**
 * The fleet: sites, each with an edge gateway that polls its devices once per interval and packs their readings.
 *
 * Polls have a fixed order of phases, so no queue of events is needed. The seed alone decides the content of every
 * record; timing decides only when it is sent.
 */
import type { Metric } from '../services/contract/reading.ts';
import type { DeviceAnomaly } from '../services/contract/truth.ts';
import { buildGateways, type FleetOptions, type Gateway, type Member } from './build-fleet.ts';
import type { Course } from './course.ts';
import { layOut, type Site } from './identity.ts';
import { Pace, steadyPlan } from './pace.ts';
import { hashUnit } from './random.ts';
import type { Source, SourceCounts } from './source.ts';
import { noFaults, type Transport } from './transport.ts';
import { LineWriter, type PackedRecord, Packer } from './wire.ts';

/** A poll takes this share of the interval: the jitter of its devices' timestamps. */
const POLL_SPREAD = 0.1;

export { type FleetOptions, type Injection, stepFrom } from './build-fleet.ts';

const coursesOf = ({ course, members }: Gateway): Course[] =>
  [course, ...members.map(({ device }) => device.course)].filter((one) => one !== undefined);

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
  private readonly writer: LineWriter;
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
    this.writer = new LineWriter(options.resolution);
    this.gateways = buildGateways(options, this.sites, this.counts);
    this.plan();
  }

  poll(startMs: number, nowMs: number): PackedRecord[] {
    const gateway = this.gateways[this.turn] as Gateway;
    const beginMs = this.pace.toWall(this.slotMs());
    const dueMs = this.nextDueMs as number;
    const packer = new Packer(gateway.site.siteId, startMs + dueMs);
    this.writer.sendingAt(nowMs);
    const isUp = gateway.course?.advance(startMs + beginMs) ?? true;
    for (const member of gateway.members) {
      if (this.counts.made >= this.count) break;
      const moment = hashUnit(member.jitterKey, this.round);
      const timeMs = startMs + beginMs + moment * (dueMs - beginMs);
      const speaks = member.device.advance(timeMs);
      if (member.device.anomalous || !isUp) this.counts.anomalous++;
      if (speaks && isUp) this.read(member, timeMs, gateway.transport, packer);
      else this.counts.silent++;
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
    const courses = this.gateways.flatMap(coursesOf);
    this.counts.unbegun = courses.reduce((sum, { unbegun }) => sum + unbegun, 0);
    for (const course of courses) course.finish(nowMs);
    return this.gateways.flatMap(({ site, transport }) => {
      const packer = new Packer(site.siteId, nowMs);
      transport?.release(Number.POSITIVE_INFINITY, packer, this.writer);
      return packer.take();
    });
  }

  /** Begins an anomaly with the device's next reading. Returns false for an unknown device. */
  inject(id: string, kind: DeviceAnomaly, metric: Metric, durationMs: number): boolean {
    const devices = this.gateways.flatMap(({ members }) => members.map(({ device }) => device));
    const device = devices.find(({ deviceId }) => deviceId === id);
    if (device === undefined) return false;
    if (device.course === undefined) throw new Error('Expected a fleet that takes injections');
    device.course.inject(kind, metric, Math.max(1, Math.round(durationMs / this.intervalMs)));
    return true;
  }

  private read(
    { device, head }: Member,
    timeMs: number,
    transport: Transport | undefined,
    packer: Packer,
  ): void {
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

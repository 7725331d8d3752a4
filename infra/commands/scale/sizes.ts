/** What becomes of a fleet of one size: played, computed and paid. Pure. */
import { type Bill, billOf } from '../cost/bill.ts';
import { SHARD_BYTES, trafficOf } from '../cost/traffic.ts';
import { type Load, lakeOf, loadsOf, messagesPerSecond, type Scale } from './loads.ts';
import { runStream, type StreamRun } from './stream.ts';

export interface Size {
  scale: Scale;
  sites: number;
  bill: Bill;
  /** As deployed, and with the shards that it needs. */
  shards: { deployed: number; needed: number };
  deployed: StreamRun;
  needed: StreamRun;
  /** With the shards that it needs, and gateways that all send at the same moment. */
  together: StreamRun;
  /** Shards with one reading a record. */
  unpackedShards: number;
  /** Hours until an hour of backlog is worked off, by the detector alone and when delivery was down too. */
  catchUpHours: { alone: number; both: number };
  messagesPerSecond: number;
  lake: { dayBytes: number; nightBytes: number; filesPerDay: number };
  /** The load nearest to its limit, or furthest beyond it. */
  first: Load;
  /** The same once the stream has the shards that it needs. */
  next: Load;
}

const DAY_SECONDS = 86_400;

export function sizeOf(scale: Scale): Size {
  const { design, fleet } = scale;
  const bill = billOf(design, fleet);
  const { traffic } = bill;
  const bytes = traffic.recordsPerSecond * traffic.recordBytes;
  const needed = traffic.shards;
  const deployed = design.stream.mode === 'provisioned' ? design.stream.shards : needed;
  const wide = runStream(design, fleet, traffic, needed);
  const loads = loadsOf(scale).filter(({ isGuard }) => !isGuard);
  return {
    ...{ scale, bill, shards: { deployed, needed }, needed: wide },
    together: runStream(design, fleet, traffic, needed, true),
    sites: Math.ceil(fleet.devices / fleet.devicesPerSite),
    deployed: deployed === needed ? wide : runStream(design, fleet, traffic, deployed),
    unpackedShards: trafficOf({ ...fleet, packed: false }, design).neededShards,
    catchUpHours: catchUp(bytes / needed / SHARD_BYTES),
    messagesPerSecond: messagesPerSecond(scale),
    lake: { ...lakeOf(bill), filesPerDay: filesPerDay(scale, bytes) },
    first: nearest(loads),
    next: nearest(loads.filter(({ isShards }) => !isShards)),
  };
}

/** A shard gives two readers 2 MB/s together: what one does not need for the present, the other has for the past. */
const catchUp = (load: number): Size['catchUpHours'] => ({
  alone: load / (2 - 2 * load),
  both: load / (1 - load),
});

const filesPerDay = ({ design: { delivery } }: Scale, bytesPerSecond: number): number =>
  DAY_SECONDS * Math.max(1 / delivery.bufferSeconds, bytesPerSecond / (delivery.bufferMb * 1024 ** 2));

function nearest(loads: readonly Load[]): Load {
  const [first] = loads.toSorted((a, b) => b.used / b.limit - a.used / a.limit);
  if (first === undefined) throw new Error('Expected a load');
  return first;
}

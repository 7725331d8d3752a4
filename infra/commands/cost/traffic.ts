/** The records, invocations and shards of a fleet's readings, from which the bill is computed. Pure. */
import { DEFAULT_RECORD_BYTES, MAX_READINGS_PER_RECORD } from '../../../services/contract/reading.ts';
import type { Design } from './template.ts';

export interface Fleet {
  devices: number;
  /** Time between two readings of a device. */
  intervalSeconds: number;
  /** Devices behind one gateway, which sends their readings together once an interval. */
  devicesPerSite: number;
  /** Whether a record carries many readings, or one. */
  packed: boolean;
  /** Size of a reading as JSON. */
  readingBytes: number;
}

export interface Traffic {
  readingsPerSecond: number;
  recordsPerSecond: number;
  recordBytes: number;
  /** Of the stream: as many as the fleet needs, or as the template has if that is more. */
  shards: number;
  /** As many as the fleet needs. */
  neededShards: number;
  invocationsPerSecond: number;
  recordsPerInvocation: number;
  sitesPerInvocation: number;
}

/** Capacity of a shard per second (AWS documentation). */
export const SHARD_BYTES = 1_000_000;
export const SHARD_RECORDS = 1000;
/** Sites differ and gateways poll at different times, so a shard that is full on average throttles. */
const SHARD_LOAD = 0.8;
/** An on-demand stream starts with four shards. */
const ON_DEMAND_SHARDS = 4;
/** Largest event of an invocation, and the size of a record in it besides its data in base64. */
const EVENT_BYTES = 6 * 1024 * 1024;
const EVENT_RECORD_BYTES = 400;
/** Lambda asks a shard for records once a second. */
const POLL_SECONDS = 1;

/** Records of the largest batch that also fits into the event of an invocation. */
export const fullBatchOf = (batchSize: number, recordBytes: number): number =>
  Math.min(batchSize, Math.floor(EVENT_BYTES / ((recordBytes * 4) / 3 + EVENT_RECORD_BYTES)));

export function trafficOf(fleet: Fleet, { stream, mapping }: Pick<Design, 'stream' | 'mapping'>): Traffic {
  const { devices, intervalSeconds, packed, readingBytes } = fleet;
  const sites = Math.ceil(devices / fleet.devicesPerSite);
  const readingsPerSecond = devices / intervalSeconds;
  const lines = packed ? devices / sites : 1;
  const perRecord = Math.min(MAX_READINGS_PER_RECORD, Math.floor(DEFAULT_RECORD_BYTES / (readingBytes + 1)));
  const readingsPerRecord = lines / Math.ceil(lines / perRecord);
  const recordsPerSecond = readingsPerSecond / readingsPerRecord;
  // Including the line breaks between them.
  const recordBytes = readingsPerRecord * readingBytes + Math.max(0, readingsPerRecord - 1);

  const neededShards = Math.ceil(
    Math.max((recordsPerSecond * recordBytes) / SHARD_BYTES, recordsPerSecond / SHARD_RECORDS) / SHARD_LOAD,
  );
  const own = stream.mode === 'provisioned' ? stream.shards : ON_DEMAND_SHARDS;
  const shards = Math.max(own, neededShards);

  const lanes = shards * mapping.lanesPerShard;
  const fullBatch = fullBatchOf(mapping.batchSize, recordBytes);
  const perLane = recordsPerSecond / lanes;
  const windows = 1 / Math.max(mapping.windowSeconds, POLL_SECONDS);
  // A batch is sent when it is full or its window has passed, and never without a record.
  const invocationsPerLane = Math.max(perLane / fullBatch, Math.min(perLane, windows));
  const recordsPerInvocation = perLane / invocationsPerLane;
  return {
    readingsPerSecond,
    recordsPerSecond,
    recordBytes,
    shards,
    neededShards,
    invocationsPerSecond: invocationsPerLane * lanes,
    recordsPerInvocation,
    sitesPerInvocation: Math.min(recordsPerInvocation, Math.ceil(sites / lanes)),
  };
}

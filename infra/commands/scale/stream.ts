/** All shards of a fleet for a minute: what is throttled, how old a reading is when it is judged. Pure. */
import type { Design } from '../cost/template.ts';
import { type Fleet, fullBatchOf, SHARD_BYTES, type Traffic } from '../cost/traffic.ts';
import { invocationSeconds } from './loads.ts';
import { seeded } from './random.ts';
import { runShard, type Sender, type ShardRun, type ShardTerms } from './shard.ts';

export interface StreamRun {
  /** Of all requests, 0 to 1. */
  throttledShare: number;
  /** From a record's arrival to the end of the invocation that judged it. */
  ageSeconds: { median: number; p99: number };
  /** Longest wait of a record at its gateway because of throttling, in seconds. */
  longestWaitSeconds: number;
  /** Most invocations at the same time. */
  invocationsAtOnce: number;
  /** Load of the fullest shard, as a share of what it takes. */
  fullestShard: number;
}

/** Of the time that is played: many intervals, and a second or two of computing. */
const SECONDS = 60;

/**
 * @param shards that the stream has, whether they are enough or not
 * @param together whether all gateways send at the same moment, such as at the full minute
 */
export function runStream(
  design: Design,
  fleet: Fleet,
  traffic: Traffic,
  shards: number,
  together = false,
): StreamRun {
  const random = seeded(1);
  const sites = Math.ceil(fleet.devices / fleet.devicesPerSite);
  const recordsPerSend = Math.max(1, Math.round((traffic.recordsPerSecond * fleet.intervalSeconds) / sites));
  // Kinesis hashes the partition key: shards do not get the same number of sites.
  const senders: Sender[][] = Array.from({ length: shards }, () => []);
  for (let site = 0; site < sites; site += 1) {
    const lane = Math.floor(random() * design.mapping.lanesPerShard);
    const phase = together ? 0 : random() * fleet.intervalSeconds;
    senders[Math.floor(random() * shards)]?.push({ phase, lane });
  }
  const terms = termsOf(design, fleet, traffic, recordsPerSend, random);
  const runs = senders.map((own) => runShard(own, terms));
  const most = Math.max(...senders.map((own) => own.length));
  return {
    ...summaryOf(runs),
    fullestShard: (most * recordsPerSend * traffic.recordBytes) / fleet.intervalSeconds / SHARD_BYTES,
  };
}

function termsOf(
  design: Design,
  fleet: Fleet,
  { recordBytes, readingsPerSecond, recordsPerSecond }: Traffic,
  recordsPerSend: number,
  random: () => number,
): ShardTerms {
  const { mapping } = design;
  const readings = readingsPerSecond / recordsPerSecond;
  return {
    ...{ seconds: SECONDS, intervalSeconds: fleet.intervalSeconds, recordBytes, recordsPerSend, random },
    batchSize: fullBatchOf(mapping.batchSize, recordBytes),
    windowSeconds: mapping.windowSeconds,
    lanes: mapping.lanesPerShard,
    invocationSeconds: (records) => invocationSeconds(design, records * readings),
  };
}

function summaryOf(runs: readonly ShardRun[]): Omit<StreamRun, 'fullestShard'> {
  const ages = runs.flatMap((run) => run.ages).sort((a, b) => a - b);
  const at = (share: number) => ages[Math.min(ages.length - 1, Math.floor(ages.length * share))] ?? 0;
  const puts = runs.reduce((sum, run) => sum + run.puts, 0);
  const throttled = runs.reduce((sum, run) => sum + run.throttled, 0);
  return {
    throttledShare: puts === 0 ? 0 : throttled / puts,
    ageSeconds: { median: at(0.5), p99: at(0.99) },
    longestWaitSeconds: runs.reduce(
      (longest, { waits }) => waits.reduce((a, b) => Math.max(a, b), longest),
      0,
    ),
    invocationsAtOnce: mostAtOnce(runs.flatMap((run) => run.invocations)),
  };
}

function mostAtOnce(spans: readonly { from: number; to: number }[]): number {
  const changes = spans.flatMap(({ from, to }): [at: number, by: 1 | -1][] => [
    [from, 1],
    [to, -1],
  ]);
  changes.sort(([a, x], [b, y]) => a - b || x - y);
  let [now, most] = [0, 0];
  for (const [, by] of changes) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

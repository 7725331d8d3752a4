/**
 * Sends records with PutRecords so that each site's records arrive in order, whatever fails.
 *
 * PutRecords may fail in part and then stores what comes behind the failed entry, so it keeps no order. Therefore a
 * call carries at most one record of a site, and a site has at most one record under way. That costs no throughput:
 * a site is one partition key, hence one shard, and a shard takes 1 MB/s.
 *
 * Only failed entries are sent again, after exponential backoff with full jitter. A record that the stream throttles
 * is sent until it is accepted: the backlog fills, and the fleet slows down. Any other failure is retried a bounded
 * number of times.
 */
import { UserError } from '../../infra/cli/user-error.ts';
import type { Clock } from '../clock.ts';
import { Histogram } from '../histogram.ts';
import type { PackedRecord } from '../wire.ts';
import { countAcked, countFailed, countSent, noCounts, type Sink } from './sink.ts';

/** Entries of one PutRecords call (AWS documentation). */
const MAX_ENTRIES = 500;
/** Bytes of one call. AWS takes 10 MiB; a smaller call costs less when it fails, and kinesalite takes 5. */
const MAX_CALL_BYTES = 4 * 1024 * 1024;

/** Records waiting, beyond which the fleet has to slow down: at most about 48 MB. */
const MAX_BACKLOG = 2000;
const MAX_CALLS_IN_FLIGHT = 4;
/** Times that a record is sent before it is given up; throttled sends do not count. With the backoff: about 6 s. */
const MAX_ATTEMPTS = 8;
const BACKOFF_BASE_MS = 100;
const BACKOFF_CAP_MS = 5000;
/** Once the run is over: how long a stream that throttles may take nothing at all before the rest is given up. */
const MAX_STANDSTILL_MS = 30_000;

export interface PutEntry {
  partitionKey: string;
  data: Uint8Array;
}

/** What became of one entry. `fatal`: nothing will ever succeed, for the reason given, which is for the user. */
export type PutResult =
  | { outcome: 'acked'; sequenceNumber: string; shardId: string }
  | { outcome: 'throttled' | 'error' | 'unreachable' | 'fatal'; reason: string };

/** One PutRecords call: a result for every entry, in order. Never rejects. */
export type Put = (entries: PutEntry[]) => Promise<PutResult[]>;

/** Told about every record once it is acknowledged or given up. */
export type SettledListener = (record: PackedRecord, result: PutResult) => void;

/** The records of one site, in order; the first one is under way when `busy`. */
interface Lane {
  queue: PackedRecord[];
  busy: boolean;
  /** The first record's data, once it has been sent. */
  data: Uint8Array | undefined;
  attempts: number;
  throttles: number;
}

export class PutRecordsSink implements Sink {
  readonly counts = noCounts();
  fatal: UserError | undefined;
  lastError: string | undefined;
  /** Duration of the calls, and the time from when a record was due until it was acknowledged. */
  readonly callMs = new Histogram();
  readonly fromScheduleMs = new Histogram();
  private readonly put: Put;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly onSettled: SettledListener;
  private readonly lanes = new Map<string, Lane>();
  private readonly ready: Lane[] = [];
  private backlog = 0;
  private calls = 0;
  private closing = false;
  /** When the stream last took something. */
  private progressMs = 0;
  private readonly waiting: { until: () => boolean; resolve: () => void }[] = [];

  constructor(put: Put, clock: Clock, random: () => number, onSettled: SettledListener = () => {}) {
    this.put = put;
    this.clock = clock;
    this.random = random;
    this.onSettled = onSettled;
  }

  get full(): boolean {
    return this.backlog >= MAX_BACKLOG;
  }

  push(record: PackedRecord): void {
    countSent(this.counts, record);
    this.backlog++;
    let lane = this.lanes.get(record.siteId);
    if (lane === undefined) {
      lane = { queue: [], busy: false, data: undefined, attempts: 0, throttles: 0 };
      this.lanes.set(record.siteId, lane);
    }
    lane.queue.push(record);
    if (this.fatal) this.giveUpAll();
    else if (lane.queue.length === 1) this.ready.push(lane);
  }

  flush(): void {
    while (this.ready.length > 0 && this.calls < MAX_CALLS_IN_FLIGHT && !this.fatal) void this.call();
  }

  whenWritable(): Promise<void> {
    return this.when(() => !this.full);
  }

  close(): Promise<void> {
    this.closing = true;
    this.progressMs = this.clock.now();
    this.flush();
    return this.when(() => this.backlog === 0);
  }

  private when(until: () => boolean): Promise<void> {
    if (until() || this.fatal) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ until, resolve }));
  }

  private async call(): Promise<void> {
    const lanes = this.takeReady();
    const entries = lanes.map((lane) => ({
      partitionKey: (lane.queue[0] as PackedRecord).siteId,
      data: lane.data as Uint8Array,
    }));
    this.calls++;
    const startedMs = this.clock.now();
    const results = await this.put(entries);
    this.calls--;
    this.callMs.record(this.clock.now() - startedMs);
    lanes.forEach((lane, i) => {
      lane.busy = false;
      this.settle(lane, results[i] ?? { outcome: 'error', reason: 'PutRecords answered too few entries' });
    });
    this.flush();
    this.wake();
  }

  /** The first records of as many sites as one call takes. */
  private takeReady(): Lane[] {
    const lanes: Lane[] = [];
    let bytes = 0;
    while (lanes.length < MAX_ENTRIES) {
      const lane = this.ready[lanes.length];
      if (lane === undefined) break;
      const record = lane.queue[0] as PackedRecord;
      lane.data ??= Buffer.from(record.text);
      bytes += lane.data.length + record.siteId.length;
      if (bytes > MAX_CALL_BYTES && lanes.length > 0) break;
      lane.busy = true;
      lanes.push(lane);
    }
    this.ready.splice(0, lanes.length);
    return lanes;
  }

  private settle(lane: Lane, result: PutResult): void {
    const record = lane.queue[0] as PackedRecord;
    const nowMs = this.clock.now();
    if (result.outcome === 'acked') {
      this.progressMs = nowMs;
      this.fromScheduleMs.record(nowMs - record.dueMs);
      countAcked(this.counts, record, (lane.data as Uint8Array).length);
      this.done(lane, result);
      return;
    }
    this.lastError = result.reason;
    const throttled = result.outcome === 'throttled';
    if (throttled) {
      this.counts.records.throttled++;
      lane.throttles++;
    } else {
      this.counts.records.errors++;
      lane.attempts++;
    }
    const standsStill = this.closing && nowMs - this.progressMs > MAX_STANDSTILL_MS;
    const worthwhile = throttled ? !standsStill : lane.attempts < MAX_ATTEMPTS;
    if (result.outcome !== 'fatal' && worthwhile && !this.fatal) {
      void this.retryLater(lane);
      return;
    }
    if (result.outcome === 'fatal' || result.outcome === 'unreachable') {
      this.fatal ??= new UserError(result.reason);
    }
    countFailed(this.counts, record);
    this.done(lane, result);
    if (this.fatal) this.giveUpAll();
  }

  /** Goes on to the site's next record. */
  private done(lane: Lane, result: PutResult): void {
    const record = lane.queue.shift() as PackedRecord;
    this.backlog--;
    lane.data = undefined;
    lane.attempts = 0;
    lane.throttles = 0;
    this.onSettled(record, result);
    if (lane.queue.length > 0) this.ready.push(lane);
  }

  private async retryLater(lane: Lane): Promise<void> {
    const failures = lane.attempts + lane.throttles;
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** (failures - 1));
    await this.clock.sleep(this.random() * ceiling);
    if (this.fatal) {
      this.giveUpAll();
      return;
    }
    this.counts.records.retried++;
    this.ready.push(lane);
    this.flush();
  }

  /** Nothing can be sent any more: all that waits has failed. What is in flight settles by itself. */
  private giveUpAll(): void {
    const result: PutResult = { outcome: 'fatal', reason: this.fatal?.message ?? '' };
    this.ready.length = 0;
    for (const lane of this.lanes.values()) {
      for (const record of lane.queue.splice(lane.busy ? 1 : 0)) {
        this.backlog--;
        countFailed(this.counts, record);
        this.onSettled(record, result);
      }
    }
    this.wake();
  }

  private wake(): void {
    for (const entry of this.waiting.splice(0)) {
      if (entry.until() || this.fatal) entry.resolve();
      else this.waiting.push(entry);
    }
  }
}

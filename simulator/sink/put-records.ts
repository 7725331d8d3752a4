/**
 * Sends records with PutRecords so that each site's records arrive in order, whatever fails.
 *
 * PutRecords may fail in part and then stores the entries after the failed one, so it does not keep the order. Therefore
 * a call carries at most one record of a site, and a site has at most one record in flight. That costs no throughput: a
 * site is one partition key, hence one shard, and a shard takes 1 MB/s.
 *
 * Only failed entries are sent again, after exponential backoff with full jitter. A record that the stream throttles
 * is sent until it is accepted: the backlog fills, and the fleet slows down. One that fails otherwise is given up
 * after `retryForMs`. A whole call without an answer means an outage of the endpoint: then one call at a time checks
 * whether it is over, and the sink counts as full, so that nothing more is made that could be lost. After `retryForMs`
 * of that, everything is given up.
 */
import { UserError } from '../../infra/cli/user-error.ts';
import { formatDuration } from '../../services/contract/duration.ts';
import type { Clock } from '../clock.ts';
import { Histogram } from '../histogram.ts';
import type { PackedRecord } from '../wire.ts';
import { backoffMs } from './backoff.ts';
import { type Lane, Lanes } from './lanes.ts';
import { Outage, type OutageListener } from './outage.ts';
import { countAcked, countFailed, countSent, noCounts, type Sink } from './sink.ts';

/** With more records waiting, the fleet has to slow down: at most about 48 MB. */
const MAX_BACKLOG = 2000;
/** One that hangs leaves another. With more of them, what is ready is spread over smaller calls, which cost more. */
const MAX_CALLS_IN_FLIGHT = 2;
/** How long failures are retried by default. */
export const DEFAULT_RETRY_MS = 60_000;
/** The same after Ctrl-C, when somebody waits for the end of the run. */
const STOPPED_RETRY_MS = 5000;
/** After the run: how long a throttling stream may accept nothing at all before the rest is given up. */
const MAX_STANDSTILL_MS = 30_000;

export interface PutEntry {
  partitionKey: string;
  data: Uint8Array;
}

/** Why an entry was not accepted. `unreachable`: no answer to the call. `fatal`: nothing will ever succeed. */
interface Refused {
  outcome: 'throttled' | 'error' | 'unreachable' | 'fatal';
  /** For the user. */
  reason: string;
}

/** The outcome of one entry. */
export type PutResult = { outcome: 'acked'; sequenceNumber: string; shardId: string } | Refused;

/** One PutRecords call: a result for every entry, in order. Never rejects. */
export type Put = (entries: PutEntry[]) => Promise<PutResult[]>;

/** Called for every record when it is acknowledged or given up. */
export type SettledListener = (record: PackedRecord, result: PutResult) => void;

export interface PutRecordsOptions extends OutageListener {
  /** How long a failing record, or an endpoint without answers, is tried again. */
  retryForMs?: number;
  onSettled?: SettledListener;
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
  private readonly options: PutRecordsOptions;
  private readonly lanes = new Lanes();
  private readonly outage: Outage;
  /** Whether there is an outage, and it is too early for the next call. */
  private resting = false;
  private calls = 0;
  private closing = false;
  private stop: AbortSignal | undefined;
  /** Elapsed time when the stream last accepted something. */
  private progressMs = 0;
  private readonly waiting: { until: () => boolean; resolve: () => void }[] = [];

  constructor(put: Put, clock: Clock, random: () => number, options: PutRecordsOptions = {}) {
    this.put = put;
    this.clock = clock;
    this.random = random;
    this.options = options;
    this.outage = new Outage(() => clock.elapsed(), random, options);
  }

  get full(): boolean {
    return this.lanes.backlog >= MAX_BACKLOG || this.outage.on;
  }

  push(record: PackedRecord): void {
    countSent(this.counts, record);
    this.lanes.push(record);
    if (this.fatal) this.giveUpAll(this.fatal.message);
  }

  flush(): void {
    while (this.lanes.anyReady && this.calls < this.callsAllowed && !this.fatal) void this.call();
  }

  whenWritable(): Promise<void> {
    return this.when(() => !this.full || this.fatal !== undefined);
  }

  close(stop?: AbortSignal): Promise<void> {
    this.closing = true;
    this.stop = stop;
    this.progressMs = this.clock.elapsed();
    this.flush();
    return this.when(() => this.lanes.backlog === 0);
  }

  private get callsAllowed(): number {
    if (!this.outage.on) return MAX_CALLS_IN_FLIGHT;
    return this.resting ? 0 : 1;
  }

  private get retryForMs(): number {
    const { retryForMs = DEFAULT_RETRY_MS } = this.options;
    return this.stop?.aborted ? Math.min(retryForMs, STOPPED_RETRY_MS) : retryForMs;
  }

  private when(until: () => boolean): Promise<void> {
    if (until()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ until, resolve }));
  }

  private async call(): Promise<void> {
    const lanes = this.lanes.take();
    this.counts.records.retried += lanes.filter(({ failures }) => failures > 0).length;
    const entries = lanes.map(({ queue, data }) => ({
      partitionKey: (queue[0] as PackedRecord).siteId,
      data: data as Uint8Array,
    }));
    this.calls++;
    // An answer to a call from before the outage does not say that it is over.
    const asks = this.outage.on;
    const startedMs = this.clock.elapsed();
    const results = await this.put(entries);
    this.calls--;
    this.callMs.record(this.clock.elapsed() - startedMs);
    const unanswered = results.find(({ outcome }) => outcome === 'unreachable');
    if (unanswered?.outcome === 'unreachable') {
      this.retryAll(lanes, unanswered.reason);
    } else {
      if (asks) this.outage.answered();
      lanes.forEach((lane, i) => {
        this.settle(lane, results[i] ?? { outcome: 'error', reason: 'PutRecords answered too few entries' });
      });
    }
    this.flush();
    this.wake();
  }

  /** After a call without an answer: sends its records again, unless the outage has lasted too long. */
  private retryAll(lanes: readonly Lane[], reason: string): void {
    this.lastError = reason;
    this.counts.records.errors += lanes.length;
    for (const lane of lanes) {
      lane.failures++;
      this.lanes.again(lane);
    }
    // Calls that were in flight together fail together, and count as one.
    if (this.resting && !this.fatal) return;
    const limitMs = this.retryForMs;
    const waitMs = this.outage.unanswered(reason, limitMs);
    if (waitMs !== undefined && !this.fatal) void this.rest(waitMs);
    else this.giveUpAll(`Gave up after ${formatDuration(limitMs)} (--retry-for). ${reason}`);
  }

  private async rest(ms: number): Promise<void> {
    this.resting = true;
    await this.clock.sleep(ms);
    this.resting = false;
    this.flush();
  }

  private settle(lane: Lane, result: PutResult): void {
    const record = lane.queue[0] as PackedRecord;
    const nowMs = this.clock.elapsed();
    if (result.outcome === 'acked') {
      this.progressMs = nowMs;
      this.fromScheduleMs.record(this.clock.now() - record.dueMs);
      countAcked(this.counts, record, (lane.data as Uint8Array).length);
      this.done(lane, result);
      return;
    }
    this.lastError = result.reason;
    this.counts.records[result.outcome === 'throttled' ? 'throttled' : 'errors']++;
    lane.failures++;
    const leftMs = this.fatal ? 0 : this.patienceMs(lane, result.outcome, nowMs);
    if (leftMs > 0) {
      void this.retryLater(lane, Math.min(leftMs, backoffMs(lane.failures, this.random)));
      return;
    }
    countFailed(this.counts, record);
    this.done(lane, result);
    if (result.outcome === 'fatal') this.giveUpAll(result.reason);
  }

  /** How long the lane's first record is retried. */
  private patienceMs(lane: Lane, outcome: Refused['outcome'], nowMs: number): number {
    if (outcome === 'fatal') return 0;
    if (outcome === 'throttled') {
      const standsStill = this.closing && nowMs - this.progressMs > MAX_STANDSTILL_MS;
      return standsStill ? 0 : Number.POSITIVE_INFINITY;
    }
    lane.failingSinceMs ??= nowMs;
    return lane.failingSinceMs + this.retryForMs - nowMs;
  }

  /** Continues with the site's next record. */
  private done(lane: Lane, result: PutResult): void {
    const [record] = lane.queue;
    this.lanes.shift(lane);
    this.options.onSettled?.(record as PackedRecord, result);
  }

  private async retryLater(lane: Lane, ms: number): Promise<void> {
    await this.clock.sleep(ms);
    this.lanes.again(lane);
    if (this.fatal) this.giveUpAll(this.fatal.message);
    else this.flush();
  }

  /** When nothing can be sent any more: all waiting records have failed. Those in flight settle by themselves. */
  private giveUpAll(reason: string): void {
    this.fatal ??= new UserError(reason);
    for (const record of this.lanes.drain()) {
      countFailed(this.counts, record);
      this.options.onSettled?.(record, { outcome: 'fatal', reason: this.fatal.message });
    }
    this.wake();
  }

  private wake(): void {
    for (const entry of this.waiting.splice(0)) {
      if (entry.until()) entry.resolve();
      else this.waiting.push(entry);
    }
  }
}

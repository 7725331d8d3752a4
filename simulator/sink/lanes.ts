/** The waiting records, in one lane per site. A site has at most one record in flight, so its records keep their order. */
import type { PackedRecord } from '../wire.ts';

/** Entries of one PutRecords call (AWS documentation). */
const MAX_ENTRIES = 500;
/** Bytes of one call. AWS takes 10 MiB; a smaller call costs less when it fails. */
const MAX_CALL_BYTES = 4 * 1024 * 1024;

/** The records of one site, in order; the first one is in flight when `busy`. */
export interface Lane {
  queue: PackedRecord[];
  busy: boolean;
  /** The first record's data, once a call has had room for it. */
  data: Uint8Array | undefined;
  /** How often the first record has failed, and since when otherwise than by throttling. */
  failures: number;
  failingSinceMs: number | undefined;
}

export class Lanes {
  /** Number of records that are neither acknowledged nor given up. */
  backlog = 0;
  readonly #bySite = new Map<string, Lane>();
  /** Lanes whose first record may be sent. */
  readonly #ready: Lane[] = [];

  get anyReady(): boolean {
    return this.#ready.length > 0;
  }

  push(record: PackedRecord): void {
    this.backlog++;
    let lane = this.#bySite.get(record.siteId);
    if (lane === undefined) {
      lane = { queue: [], busy: false, data: undefined, failures: 0, failingSinceMs: undefined };
      this.#bySite.set(record.siteId, lane);
    }
    lane.queue.push(record);
    if (lane.queue.length === 1) this.#ready.push(lane);
  }

  /** The lanes whose first records form the next call. Each must then be passed to `again` or `shift`. */
  take(): Lane[] {
    const lanes: Lane[] = [];
    let bytes = 0;
    while (lanes.length < MAX_ENTRIES) {
      const lane = this.#ready[lanes.length];
      if (lane === undefined) break;
      const record = lane.queue[0] as PackedRecord;
      lane.data ??= Buffer.from(record.text);
      bytes += lane.data.length + record.siteId.length;
      if (bytes > MAX_CALL_BYTES && lanes.length > 0) break;
      lane.busy = true;
      lanes.push(lane);
    }
    this.#ready.splice(0, lanes.length);
    return lanes;
  }

  /** Queues the lane's first record to be sent again. */
  again(lane: Lane): void {
    lane.busy = false;
    this.#ready.push(lane);
  }

  /** Removes the first record, which is settled, so that the next one may be sent. */
  shift(lane: Lane): void {
    lane.queue.shift();
    this.backlog--;
    Object.assign(lane, { busy: false, data: undefined, failures: 0, failingSinceMs: undefined });
    if (lane.queue.length > 0) this.#ready.push(lane);
  }

  /** Empties all lanes, except for records in flight, which settle by themselves. */
  drain(): PackedRecord[] {
    this.#ready.length = 0;
    const drained = [...this.#bySite.values()].flatMap((lane) => lane.queue.splice(lane.busy ? 1 : 0));
    this.backlog -= drained.length;
    return drained;
  }
}

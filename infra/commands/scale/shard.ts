/**
 * One shard and its reader, event by event: gateways that send once an interval and come again when they are throttled,
 * Lambda that asks once a second, and lanes that are busy as long as an invocation takes. Pure.
 */
import { Agenda } from './agenda.ts';
import { LIMITS } from './limits.ts';

/** A gateway: where in the interval it sends, and in which lane its records are read. */
export interface Sender {
  phase: number;
  lane: number;
}

export interface ShardTerms {
  seconds: number;
  intervalSeconds: number;
  recordBytes: number;
  recordsPerSend: number;
  batchSize: number;
  windowSeconds: number;
  lanes: number;
  /** How long an invocation with so many records takes, in seconds. */
  invocationSeconds(records: number): number;
  random: () => number;
}

export interface ShardRun {
  /** Requests to put a record, and those of them that were throttled. */
  puts: number;
  throttled: number;
  /** From a record's arrival in the shard to the end of the invocation that had it, in seconds. */
  ages: number[];
  /** From the moment at which a gateway had a record to its arrival, in seconds; only of those that had to wait. */
  waits: number[];
  /** Begin and end of each invocation. */
  invocations: { from: number; to: number }[];
}

type Happening =
  | { kind: 'due'; sender: number }
  | { kind: 'put'; sender: number; failures: number }
  | { kind: 'poll' };

/** The gateway's backoff with full jitter (simulator/sink/backoff.ts), in seconds. */
const BACKOFF = { first: 0.1, most: 5 };
/** Lambda asks a shard once a second. */
const POLL_SECONDS = 1;

/** What a shard takes: a second's worth that fills up again as time goes by. */
class Allowance {
  #bytes: number = LIMITS.shardBytes.value;
  #records: number = LIMITS.shardRecords.value;
  #at = 0;

  take(at: number, bytes: number): boolean {
    const passed = at - this.#at;
    this.#at = at;
    this.#bytes = Math.min(LIMITS.shardBytes.value, this.#bytes + passed * LIMITS.shardBytes.value);
    this.#records = Math.min(LIMITS.shardRecords.value, this.#records + passed * LIMITS.shardRecords.value);
    if (this.#bytes < bytes || this.#records < 1) return false;
    this.#bytes -= bytes;
    this.#records -= 1;
    return true;
  }
}

/** Records that wait for their invocation, by the time of their arrival, and when the lane is free again. */
interface Lane {
  waiting: number[];
  freeAt: number;
}

export function runShard(senders: readonly Sender[], terms: ShardTerms): ShardRun {
  const run: ShardRun = { puts: 0, throttled: 0, ages: [], waits: [], invocations: [] };
  const agenda = new Agenda<Happening>();
  const allowance = new Allowance();
  /** What each gateway has not sent: one record is in flight at a time, so that they stay in order. */
  const unsent: number[][] = senders.map(() => []);
  const arrived: { at: number; lane: number }[] = [];
  const lanes: Lane[] = Array.from({ length: terms.lanes }, () => ({ waiting: [], freeAt: 0 }));
  for (const [sender, { phase }] of senders.entries()) agenda.add(phase, { kind: 'due', sender });
  agenda.add(terms.random() * POLL_SECONDS, { kind: 'poll' });

  const put = (at: number, sender: number, failures: number) => {
    const [since] = unsent[sender] ?? [];
    if (since === undefined) return;
    run.puts += 1;
    if (!allowance.take(at, terms.recordBytes)) {
      run.throttled += 1;
      const wait = terms.random() * Math.min(BACKOFF.most, BACKOFF.first * 2 ** failures);
      agenda.add(at + wait, { kind: 'put', sender, failures: failures + 1 });
      return;
    }
    if (at > since) run.waits.push(at - since);
    arrived.push({ at, lane: senders[sender]?.lane ?? 0 });
    unsent[sender]?.shift();
    put(at, sender, 0);
  };

  for (let next = agenda.next(); next && next.at < terms.seconds; next = agenda.next()) {
    const { at, what } = next;
    if (what.kind === 'put') put(at, what.sender, what.failures);
    else if (what.kind === 'due') {
      const own = unsent[what.sender] ?? [];
      const isFree = own.length === 0;
      own.push(...Array<number>(terms.recordsPerSend).fill(at));
      if (isFree) put(at, what.sender, 0);
      agenda.add(at + terms.intervalSeconds, what);
    } else {
      for (const { at: since, lane } of arrived.splice(0)) lanes[lane]?.waiting.push(since);
      for (const lane of lanes) invoke(lane, at, terms, run);
      agenda.add(at + POLL_SECONDS, what);
    }
  }
  return run;
}

/** Invokes as often as there is a full batch, or one that has waited for its window. */
function invoke(lane: Lane, now: number, terms: ShardTerms, run: ShardRun): void {
  while (lane.waiting.length > 0) {
    const isFull = lane.waiting.length >= terms.batchSize;
    const [oldest = now] = lane.waiting;
    const from = Math.max(now, lane.freeAt);
    if (from > now + POLL_SECONDS || (!isFull && now - oldest < terms.windowSeconds - POLL_SECONDS)) return;
    const batch = lane.waiting.splice(0, terms.batchSize);
    const to = from + terms.invocationSeconds(batch.length);
    lane.freeAt = to;
    run.invocations.push({ from, to });
    for (const since of batch) run.ages.push(to - since);
  }
}

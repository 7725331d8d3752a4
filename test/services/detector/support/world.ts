/**
 * Lambda in virtual time: shards with records, and environments of the function that share one DynamoDB and one topic,
 * each with module state of its own.
 */
import type { KinesisStreamRecord } from 'aws-lambda';
import type { Reading } from '../../../../services/contract/reading.ts';
import type { Rule } from '../../../../services/contract/rule.ts';
import { createTurns } from '../../../../services/detector/turns.ts';
import { batch, clock, record } from './batch.ts';
import { type FakeAws, fakeAws } from './fake-aws.ts';
import { BATCH_SIZE, type Harness, harness, unreadMetrics } from './harness.ts';

/** Time that passes only when everybody waits for it. */
export class VirtualTime {
  #now = clock('12:00:00');
  #sleepers: { at: number; wake: () => void }[] = [];

  now = (): number => this.#now;

  sleep = (ms: number): Promise<void> =>
    new Promise((wake) => this.#sleepers.push({ at: this.#now + Math.max(0, ms), wake }));

  /** Sets the clock of all machines, as an administrator may. */
  shift(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) sleeper.at += ms;
  }

  /** Runs until all of this is done. */
  async run(work: readonly Promise<unknown>[]): Promise<void> {
    let isOver = false;
    const all = Promise.all(work).finally(() => {
      isOver = true;
    });
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver) break;
      const next = this.#sleepers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) continue;
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    await all;
  }
}

export interface WorldOptions {
  rules: Rule[];
  /** From 0 to 1: the world's chance. */
  random: () => number;
  /** Longest time that a call to AWS takes, ms. */
  latencyMs: number;
  /** How likely an invocation is to die at a call. */
  crashes?: number;
}

export interface World {
  time: VirtualTime;
  aws: FakeAws;
  /** When the topic got each message, ms. */
  publishedAt: number[];
  /** Environments that were started. */
  environments(): number;
  /** Feeds a shard: each group of readings is a record that arrives at its time, ms from the start. */
  shard(name: string, arrivals: readonly { atMs: number; readings: Reading[] }[]): Promise<void>;
}

const RETRY_MS = 300;
const NEVER = new Promise<never>(() => {});

export function createWorld({ rules, random, latencyMs, crashes = 0 }: WorldOptions): World {
  const time = new VirtualTime();
  const startMs = time.now();
  const aws = fakeAws();
  const publishedAt: number[] = [];
  const idle: Environment[] = [];
  let started = 0;

  aws.fault = async (call) => {
    await time.sleep(random() * latencyMs);
    if (call === 'Publish') publishedAt.push(time.now());
    return undefined;
  };

  interface Environment {
    harness: Harness;
    die: () => void;
    died: Promise<'died'>;
  }

  /** Its calls to AWS may be its last, before or after they take effect. */
  function startEnvironment(): Environment {
    started += 1;
    let isDead = false;
    let die = () => {};
    const died = new Promise<'died'>((resolve) => {
      die = () => {
        isDead = true;
        resolve('died');
      };
    });
    const through = (send: (command: never) => Promise<unknown>) => async (command: never) => {
      if (isDead) return NEVER;
      if (random() < crashes / 2) {
        die();
        return NEVER;
      }
      const answer = await send(command);
      if (random() < crashes / 2) die();
      return isDead ? NEVER : answer;
    };
    const own: FakeAws = Object.assign(Object.create(aws) as FakeAws, {
      dynamo: { send: through(aws.dynamo.send.bind(aws.dynamo) as never) },
      sns: { send: through(aws.sns.send.bind(aws.sns) as never) },
    });
    const turns = createTurns(own.dynamo, 'state', time);
    return { harness: harness(rules, own, turns, undefined, unreadMetrics), die, died };
  }

  /** Any idle environment, or a cold one. */
  async function invoke(records: KinesisStreamRecord[]) {
    const environment =
      idle.length > 0 && random() < 0.9
        ? (idle.splice(Math.floor(random() * idle.length), 1)[0] as Environment)
        : startEnvironment();
    const answer = await Promise.race([environment.harness.detector(batch(records)), environment.died]);
    if (answer !== 'died') idle.push(environment);
    return answer;
  }

  return {
    time,
    aws,
    publishedAt,
    environments: () => started,
    async shard(name, arrivals) {
      const waiting = arrivals.map(({ atMs, readings }) => {
        const one = record(readings, startMs + atMs);
        return { atMs, record: { ...one, eventID: `${name}:${one.kinesis.sequenceNumber}` } };
      });
      while (waiting[0] !== undefined) {
        await time.sleep(startMs + waiting[0].atMs - time.now());
        const there = waiting.filter(({ atMs }) => startMs + atMs <= time.now()).slice(0, BATCH_SIZE);
        waiting.splice(0, there.length);
        let rest = there.map((one) => one.record);
        while (rest.length > 0) {
          const answer = await invoke(rest);
          if (answer === 'died') {
            await time.sleep(RETRY_MS);
            continue;
          }
          const from = answer.batchItemFailures[0]?.itemIdentifier;
          const index = rest.findIndex(({ kinesis }) => kinesis.sequenceNumber === from);
          rest = index === -1 ? [] : rest.slice(index);
          if (rest.length > 0) await time.sleep(RETRY_MS);
        }
      }
    },
  };
}

/** The most within one second, whenever it begins. */
export function mostInASecond(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((from) => sorted.filter((at) => at >= from && at - from < 1000).length));
}

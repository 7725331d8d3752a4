/**
 * A mapping with random settings over a stream that is resharded, with a function that fails at random and a runtime that
 * ends in between, held against what Lambda promises: every record is processed or given up, in the order of its key.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { UpdateShardCountCommand } from '@aws-sdk/client-kinesis';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { startEventSourceMapping } from '../../../../infra/emulator/event-source-mapping/mapping.ts';
import { loadCheckpoints } from '../../../../infra/emulator/kinesis/reader/checkpoints.ts';
import type { InvocationResult, LambdaFunction } from '../../../../infra/emulator/lambda/function.ts';
import { hurriedClock } from '../../../support/virtual-clock.ts';
import { ACTOR } from '../support/actor.ts';
import { startKinesis, type TestKinesis } from '../support/kinesis.ts';

const RUNS = 12;
const MAX_RETRIES = 3;

let kinesis: TestKinesis;
let folder: string;
let worlds = 0;
beforeAll(async () => {
  kinesis = await startKinesis();
  folder = mkdtempSync(join(tmpdir(), 'consumer-'));
});
afterAll(async () => {
  await kinesis.close();
  rmSync(folder, { recursive: true });
});

/** How an invocation fails although nothing is wrong with its records. */
type Slip = 'throws' | 'unknown id' | 'empty id' | 'partial, twice, out of order';

interface Settings {
  batchSize: number;
  parallelizationFactor: number;
  bisect: boolean;
  /** Whether the function names the record that it cannot process. */
  reports: boolean;
  /** Which records it never can. */
  poison: readonly number[];
  /** By the number of the invocation: no more than a record may be retried. */
  slips: ReadonlyMap<number, Slip>;
}

const settings: fc.Arbitrary<Settings> = fc.record({
  batchSize: fc.integer({ min: 1, max: 6 }),
  parallelizationFactor: fc.integer({ min: 1, max: 3 }),
  bisect: fc.boolean(),
  reports: fc.boolean(),
  poison: fc.uniqueArray(fc.nat(40), { maxLength: 3 }),
  slips: fc
    .uniqueArray(
      fc.tuple(
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom<Slip>('throws', 'unknown id', 'empty id', 'partial, twice, out of order'),
      ),
      { maxLength: MAX_RETRIES, selector: ([invocation]) => invocation },
    )
    .map((entries) => new Map(entries)),
});

type Deed = { kind: 'put'; keys: number[] } | { kind: 'reshard'; shards: number } | { kind: 'restart' };
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('put'),
      keys: fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('reshard'), shards: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart') }) },
);

interface Seen {
  shard: string;
  sequence: string;
  key: string;
  text: string;
}

const seenIn = (event: string): Seen[] =>
  JSON.parse(event).Records.map(
    (record: {
      eventID: string;
      kinesis: { data: string; partitionKey: string; sequenceNumber: string };
    }) => ({
      shard: record.eventID.split(':')[0],
      sequence: record.kinesis.sequenceNumber,
      key: record.kinesis.partitionKey,
      text: Buffer.from(record.kinesis.data, 'base64').toString(),
    }),
  );

class World {
  /** Of each key, what was put, in its order. */
  readonly put = new Map<string, string[]>();
  /** What was processed or given up, in this order. */
  readonly settled: (Seen & { how: 'processed' | 'given up' })[] = [];
  /** Of each object in the failure bucket, whether a record that cannot be processed is in it. */
  readonly givenUpForReason: boolean[] = [];
  readonly broken: string[] = [];
  restarts = 0;
  invocations = 0;
  readonly #name = `consumed-${++worlds}`;
  readonly #settings: Settings;
  readonly #folder = join(folder, this.#name);
  readonly #inFlight = new Set<Seen>();
  #texts = 0;
  #shards = 1;
  #mapping: ReturnType<typeof startEventSourceMapping> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async open(): Promise<void> {
    await kinesis.createStream(this.#name, this.#shards);
    await this.#start();
  }

  async do(deed: Deed): Promise<void> {
    if (deed.kind === 'restart') {
      this.restarts += 1;
      await this.#mapping?.stop();
      await this.#start();
    } else if (deed.kind === 'reshard') {
      // AWS takes no more than double, and no less than half.
      const target = Math.min(this.#shards * 2, Math.max(Math.ceil(this.#shards / 2), deed.shards));
      if (target === this.#shards) return;
      this.#shards = target;
      const command = {
        StreamName: this.#name,
        TargetShardCount: target,
        ScalingType: 'UNIFORM_SCALING' as const,
      };
      await kinesis.client.send(new UpdateShardCountCommand(command));
    } else await this.#put(deed.keys.map((key) => `key-${key}`));
  }

  async drain(): Promise<void> {
    await this.#mapping?.drain();
  }

  async close(): Promise<void> {
    await this.#mapping?.stop();
  }

  isPoison = (text: string): boolean => this.#settings.poison.includes(Number(text));

  async #put(keys: string[]): Promise<void> {
    const keyOf = new Map(keys.map((key) => [String(this.#texts++), key]));
    for (const [text, key] of keyOf) this.put.set(key, [...(this.put.get(key) ?? []), text]);
    await kinesis.put(this.#name, [...keyOf.keys()], (text) => keyOf.get(text) ?? '');
  }

  async #start(): Promise<void> {
    const { batchSize, parallelizationFactor, bisect } = this.#settings;
    this.#mapping = startEventSourceMapping({
      id: 'a6f2c3d4-0000-4000-8000-000000000000',
      properties: {
        EventSourceArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${this.#name}`,
        StartingPosition: 'TRIM_HORIZON',
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ...{ BatchSize: batchSize, ParallelizationFactor: parallelizationFactor },
        ...{ BisectBatchOnFunctionError: bisect, MaximumRetryAttempts: MAX_RETRIES },
        DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failures' } },
      },
      client: kinesis.client,
      fn: {
        name: 'f',
        arn: 'arn:f',
        roleArn: 'arn:role',
        actor: ACTOR,
        invoke: this.#invoke,
      } as LambdaFunction,
      checkpoints: await loadCheckpoints(join(this.#folder, 'checkpoints.json')),
      s3Root: this.#folder,
      bus: new EventBus(),
      clock: hurriedClock,
      pollMs: 5,
      onKept: (bucket, key) => {
        const { payload } = JSON.parse(readFileSync(join(this.#folder, bucket, key), 'utf8'));
        const records = seenIn(payload);
        this.givenUpForReason.push(records.some(({ text }) => this.isPoison(text)));
        this.settled.push(...records.map((one) => ({ ...one, how: 'given up' as const })));
      },
    });
  }

  readonly #invoke = async (payload: string | Buffer): Promise<InvocationResult> => {
    this.invocations += 1;
    const slip = this.#settings.slips.get(this.invocations);
    const records = seenIn(payload.toString());
    this.#checkBounds(records);
    for (const one of records) this.#inFlight.add(one);
    for (let turns = 0; turns < 3; turns += 1) await setImmediate();
    for (const one of records) this.#inFlight.delete(one);
    return slip === undefined ? this.#judge(records) : this.#slip(slip, records);
  };

  #checkBounds(records: readonly Seen[]): void {
    const { batchSize, parallelizationFactor } = this.#settings;
    const [first] = records;
    const others = [...this.#inFlight];
    if (records.length > batchSize) this.broken.push('a batch is too large');
    if (others.some(({ key }) => records.some((one) => one.key === key)))
      this.broken.push('a key is overtaken');
    // A lane has one batch: with as many other records of the shard as there are batches at least.
    const full = parallelizationFactor * batchSize;
    if (others.filter(({ shard }) => shard === first?.shard).length + records.length > full)
      this.broken.push('a shard has too many batches');
  }

  #judge(records: readonly Seen[]): InvocationResult {
    const bad = records.findIndex(({ text }) => this.isPoison(text));
    if (bad < 0) return this.#answer(records, []);
    return this.#settings.reports ? this.#answer(records, [records[bad]?.sequence]) : failed();
  }

  #slip(slip: Slip, records: readonly Seen[]): InvocationResult {
    if (slip === 'throws') return failed();
    if (slip === 'unknown id') return this.#answer(records, ['1']);
    if (slip === 'empty id') return this.#answer(records, [records[0]?.sequence, '']);
    const bad = records.findIndex(({ text }) => this.isPoison(text));
    const middle = Math.min(Math.floor(records.length / 2), bad < 0 ? records.length : bad);
    return this.#answer(
      records,
      [records.length - 1, middle, middle].map((at) => records[at]?.sequence),
    );
  }

  /** Before the lowest sequence number that is named, all are processed; a name that is none fails all of them. */
  #answer(records: readonly Seen[], named: readonly (string | undefined)[]): InvocationResult {
    const places = named.map((sequence) => records.findIndex((one) => one.sequence === sequence));
    const end = Math.min(records.length, ...places.map((place) => Math.max(0, place)));
    this.settled.push(...records.slice(0, end).map((one) => ({ ...one, how: 'processed' as const })));
    const payload = JSON.stringify({
      batchItemFailures: named.map((itemIdentifier) => ({ itemIdentifier })),
    });
    return { status: 'ok', requestId: 'r', durationMs: 1, payload };
  }
}

const failed = (): InvocationResult => ({
  ...{ status: 'error', requestId: 'r', durationMs: 1, errorType: 'Error', errorMessage: 'no' },
});

/** Of each key, in the order in which they were first settled. */
function firstSettled({ settled }: World): Map<string, string[]> {
  const byKey = new Map<string, string[]>();
  for (const { key, text } of settled) {
    const known = byKey.get(key) ?? [];
    if (!known.includes(text)) byKey.set(key, [...known, text]);
  }
  return byKey;
}

const PATIENCE = { timeout: 120_000 };

it(
  'settles every record once, in the order of its key, whatever fails and however the stream is resharded',
  PATIENCE,
  async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.array(deed, { minLength: 3, maxLength: 12 }), async (given, deeds) => {
        const world = new World(given);
        await world.open();
        try {
          for (const deed of deeds) await world.do(deed);
          await world.drain();
          expect(world.broken).toEqual([]);
          expect(firstSettled(world)).toEqual(world.put);
          if (world.restarts === 0) expect(world.settled).toHaveLength([...world.put.values()].flat().length);
          expect(world.givenUpForReason).not.toContain(false);
          const wrong = world.settled.filter(({ how, text }) => how === 'processed' && world.isPoison(text));
          expect(wrong).toEqual([]);
          const givenUp = world.settled.filter(({ how }) => how === 'given up');
          if (given.bisect) expect(givenUp.filter(({ text }) => !world.isPoison(text))).toEqual([]);

          // Nothing is left for the next start.
          const { invocations } = world;
          await world.do({ kind: 'restart' });
          await world.drain();
          expect(world.invocations).toBe(invocations);
        } finally {
          await world.close();
        }
      }),
      { numRuns: RUNS },
    );
  },
);

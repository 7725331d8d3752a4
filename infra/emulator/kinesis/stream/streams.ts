/** All streams, in one folder: their state in a small file, and a folder of records for each shard. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../../base/clock.ts';
import { createInTurn } from '../../base/in-turn.ts';
import { SetupError } from '../../base/setup-error.ts';
import { writeFileAtomic } from '../../state/atomic-file.ts';
import { readStateFile, stateText } from '../../state/state-file.ts';
import { makeFolder } from '../../state/sync.ts';
import { ShardLog } from '../log/shard-log.ts';
import { StreamTally, shardKey } from '../log/tally.ts';
import { evenRanges } from './hash.ts';
import { LIMITS } from './limits.ts';
import { CHECK_MS, shardsFor } from './on-demand.ts';
import { FIRST_INDEX } from './sequence.ts';
import { shardIdOf } from './shard.ts';
import { type ShardState, type StreamState, type StreamsState, streamsState } from './state.ts';
import { Stream } from './stream.ts';
import type { StreamsContext } from './streams-context.ts';

export interface StreamsOptions {
  folder: string;
  clock: Clock;
  /** Whether shards throttle, as on AWS. */
  isLimited: boolean;
  warn(text: string): void;
}

export type NewStream = Pick<StreamState, 'name' | 'mode' | 'tags' | 'recordKiB'> & { shards: number };

export class Streams {
  readonly folder: string;
  readonly clock: Clock;
  readonly tally: StreamTally;
  readonly #warn: (text: string) => void;
  readonly #context: StreamsContext;
  readonly #streams = new Map<string, Stream>();
  readonly #state: StreamsState;
  #saving: Promise<void> = Promise.resolve();
  /** What adds or takes away streams or shards, one after another: none sees another half done. */
  readonly inTurn = createInTurn();
  #timer: Timer | undefined;
  #isClosed = false;

  private constructor({ folder, clock, isLimited, warn }: StreamsOptions, state: StreamsState) {
    this.folder = folder;
    this.clock = clock;
    this.tally = new StreamTally(`${folder}-acknowledged.ndjson`);
    this.#warn = warn;
    this.#state = state;
    this.#context = {
      ...{ clock, isLimited, tally: this.tally },
      openLog: (stream, shard) => this.#openLog(stream, shard),
      removeShard: (stream, shard) => rm(this.#folderOf(stream, shard), { recursive: true, force: true }),
      nextSecs: (after) => Math.max(Math.floor(clock.now() / 1000), after + 1),
      save: () => this.#save(),
    };
  }

  /** @throws SetupError for a folder that is damaged, or of an earlier version */
  static async open(options: StreamsOptions): Promise<Streams> {
    const { folder } = options;
    refuseLevelDb(folder);
    await makeFolder(folder);
    const file = join(folder, STATE_FILE);
    const damaged = `${file} is damaged: what the streams held and was not evaluated and delivered yet is lost. Move ${folder} away and start again; the start then says how much that was.`;
    const state = readStateFile(file, streamsState, damaged);
    const streams = new Streams(options, state ?? { created: 0, deleted: {}, streams: [] });
    for (const stream of streams.#state.streams) {
      streams.#streams.set(stream.name, await Stream.open(stream, streams.#context));
    }
    if (streams.#streams.size > 0) streams.#tick();
    return streams;
  }

  get(name: string): Stream | undefined {
    return this.#streams.get(name);
  }

  /** In the order of their names. */
  all(): Stream[] {
    return [...this.#streams.values()].toSorted((a, b) => (a.state.name < b.state.name ? -1 : 1));
  }

  get openShardCount(): number {
    return this.all().reduce((sum, { openShards }) => sum + openShards.length, 0);
  }

  async create({ shards, ...given }: NewStream): Promise<Stream> {
    this.#state.created += 1;
    const createdMs = this.clock.now();
    const createdSecs = this.#context.nextSecs(this.#deletedSecs(given.name));
    const state: StreamState = {
      ...given,
      ...{
        id: `${this.#state.created}-${given.name}`,
        createdMs,
        retentionHours: LIMITS.retentionHours.least,
      },
      ...{ metrics: [], consumers: [], scaledMs: [], modeChangedMs: [] },
      shards: evenRanges(shards).map(({ start, end }, ix) => ({
        ...{ ix, createdSecs, startedMs: createdMs, start: String(start), end: String(end), parents: [] },
      })),
    };
    const stream = await Stream.open(state, this.#context);
    this.#streams.set(given.name, stream);
    if (this.#timer === undefined) this.#tick();
    try {
      await this.#save();
    } catch (error) {
      // As far as its caller knows, there is none.
      this.#streams.delete(given.name);
      await stream.close();
      await rm(join(this.folder, state.id), { recursive: true, force: true });
      throw error;
    }
    return stream;
  }

  async delete(stream: Stream): Promise<void> {
    const { name, id } = stream.state;
    this.#streams.delete(name);
    const secs = stream.shards.map(({ state }) => state.createdSecs);
    this.#state.deleted = Object.fromEntries([...this.#lately(), [name, Math.max(...secs)]]);
    this.tally.forget(name);
    await this.#save();
    await stream.close();
    for (const shard of stream.shards) shard.changed();
    await rm(join(this.folder, id), { recursive: true, force: true });
  }

  /** Must be called after a change of a stream's state. */
  save(): Promise<void> {
    return this.#save();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    // What is under way is finished first.
    await this.inTurn(async () => {});
    for (const stream of this.all()) await stream.close();
    // There may be room on the disk by now.
    await this.#saving.catch(() => this.#save());
  }

  #save(): Promise<void> {
    this.#saving = this.#saving
      .catch(() => {})
      .then(() => {
        const streams = this.all().map(({ state }) => state);
        const text = stateText({ ...this.#state, streams });
        return writeFileAtomic(join(this.folder, STATE_FILE), text, { durable: true });
      });
    return this.#saving;
  }

  #deletedSecs(name: string): number {
    return new Map(this.#lately()).get(name) ?? 0;
  }

  /** Streams that were deleted, and could be confused with one that is created now. */
  #lately(): [string, number][] {
    const nowSecs = Math.floor(this.clock.now() / 1000);
    return Object.entries(this.#state.deleted).filter(([, secs]) => secs >= nowSecs);
  }

  #folderOf(stream: StreamState, { ix }: ShardState): string {
    return join(this.folder, stream.id, shardIdOf(ix));
  }

  async #openLog(stream: StreamState, shard: ShardState): Promise<ShardLog> {
    const folder = this.#folderOf(stream, shard);
    const log = await ShardLog.open(folder);
    // One that was never written to has lost nothing.
    log.skipTo(FIRST_INDEX);
    const known = this.tally.total(shardKey(stream.name, shardIdOf(shard.ix), shard.createdSecs * 1000));
    const missing = Math.max(0, (known?.next ?? 0) - log.next);
    if (log.damagedBytes > 0 || missing > 0) {
      this.#warn(
        `${folder} was damaged: ${log.damagedBytes} bytes of it are no whole records, and ${missing} acknowledged records at its end are not there. What its readers miss they say themselves.`,
      );
    }
    // Without the tally, as many records may be gone as fit into the damage.
    log.skipTo(Math.max(known?.next ?? 0, log.damagedBytes > 0 ? log.next + log.damagedBytes : 0));
    return log;
  }

  /** Every minute: what is too old goes, and busy on-demand streams get more shards. */
  #tick(): void {
    if (this.#isClosed) return;
    this.#timer = this.clock.after(CHECK_MS, () => {
      void this.#look().finally(() => this.#tick());
    });
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    for (const stream of this.all()) {
      try {
        await this.inTurn(async () => {
          if (this.#isClosed || this.get(stream.state.name) !== stream) return;
          await stream.trim();
          await this.#scale(stream);
        });
      } catch (error) {
        this.#warn(`${stream.state.name}: ${(error as Error).message}. Tried again in a minute.`);
      }
    }
  }

  async #scale(stream: Stream): Promise<void> {
    const rate = stream.takeRate();
    const open = stream.openShards.length;
    const wanted = stream.state.mode === 'ON_DEMAND' ? shardsFor(rate, open) : open;
    if (wanted > open) await stream.scaleTo(wanted);
  }
}

const STATE_FILE = 'streams.json';

/** @throws SetupError */
function refuseLevelDb(folder: string): void {
  if (!existsSync(join(folder, 'CURRENT')) || existsSync(join(folder, STATE_FILE))) return;
  throw new SetupError(
    `${folder} is of an earlier version, which kept its streams in LevelDB: let that version run once more to evaluate and deliver what they hold, then move the folder away and start again.`,
  );
}

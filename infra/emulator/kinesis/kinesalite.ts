/** kinesalite 3.3.3, with access to its store for operations that its API lacks. */
import { type EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import kinesalite from 'kinesalite';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../stack/identities.ts';

const ofKinesalite = createRequire(createRequire(import.meta.url).resolve('kinesalite'));

interface Range {
  gte?: string;
  gt?: string;
  lt: string;
  reverse?: boolean;
  limit?: number;
}
/** Times are in seconds since the epoch. */
export interface StoredRecord {
  /** Shard, a slash, and the sequence number, by which records are sorted. */
  key: string;
  /** Data in base64. */
  value: { ApproximateArrivalTimestamp: number; Data: string };
}
interface StoredStream {
  RetentionPeriodHours: number;
  Shards: { SequenceNumberRange: { StartingSequenceNumber: string } }[];
}
type Done = (error?: Error | null) => void;
type Change = { type: 'put' | 'del' } & StoredRecord;
interface StreamDb {
  createReadStream(range: Range): AsyncIterable<StoredRecord>;
  put(key: string, value: StoredRecord['value'], done: Done): void;
  batch(changes: Change[], ...rest: [...options: object[], done: Done]): void;
}
export interface Store {
  /** Opens by itself; emits `open` or `error`. */
  db: EventEmitter;
  metaDb: { awsAccountId: string; awsRegion: string };
  getStream(name: string, callback: (error: Error | null, stream?: StoredStream) => void): void;
  getStreamDb(name: string): StreamDb;
  deleteStreamDb(name: string, callback: (error?: Error) => void): void;
}

interface Sequence {
  shardCreateTime: number;
  shardIx: number;
  seqIx: number | string;
}
interface ParsedSequence extends Sequence {
  /** In ms since the epoch, by the second. */
  seqTime: number;
}
export interface Db {
  create(options: object): Store;
  /** @throws Error for anything but a sequence number */
  parseSequence(sequenceNumber: string): ParsedSequence;
  stringifySequence(sequence: Sequence): string;
  shardIxToHex(shardIx: number): string;
  shardIdName(shardIx: number): string;
  /** @throws Error for anything but the name of a shard */
  resolveShardId(shardId: string): { shardIx: number };
  ITERATOR_PWD_KEY: Buffer;
  ITERATOR_PWD_IV: Buffer;
}
/** The modules that kinesalite itself uses. */
export const db = ofKinesalite('./db') as Db;
export const cbor = ofKinesalite('cbor') as {
  Decoder: { decodeFirstSync(bytes: Buffer): unknown };
  Encoder: { encodeOne(value: unknown, options: { highWaterMark: number }): Buffer };
};

interface ReadStream {
  _iterator: { end(done: Done): void };
  _destroy(error: Error | null, done: Done): void;
}
/** What levelup reads with. */
const { prototype: readStream } = createRequire(ofKinesalite.resolve('levelup'))('level-iterator-stream') as {
  prototype: ReadStream;
};
/** By itself it waits for its iterator to end before it tells an error, and after an error that never ends. */
readStream._destroy = function (error, done) {
  if (!error) return this._iterator.end(done);
  this._iterator.end(() => undefined);
  done(error);
};

/** Called with records that are in the store, before their sender is told so. */
export type OnWritten = (stream: string, records: StoredRecord[]) => void;

export function openKinesalite(options: Parameters<typeof kinesalite>[0], onWritten: OnWritten) {
  const { create } = db;
  let store: Store | undefined;
  db.create = (given) => {
    store = create(given);
    return store;
  };
  const server = kinesalite(options);
  db.create = create;
  if (!store) throw new Error('kinesalite has opened no store');
  repair(store);
  watchWrites(store, onWritten);
  const opened = once(store.db, 'open');
  // Whoever awaits it still sees the failure; this only prevents an unhandled rejection.
  opened.catch(() => undefined);
  return { server, store, opened };
}

/** Uses our account and region whatever the environment says, and lets streams have the names of array members. */
function repair(store: Store): void {
  Object.assign(store.metaDb, { awsAccountId: LOCAL_ACCOUNT, awsRegion: LOCAL_REGION });
  // Streams are properties of an array, which already has `push` or `length`. No stream's name contains a space.
  const safe = (name: string) => (name in [] ? ` ${name}` : name);
  const { getStreamDb, deleteStreamDb } = store;
  store.getStreamDb = (name) => getStreamDb(safe(name));
  store.deleteStreamDb = (name, callback) => deleteStreamDb(safe(name), callback);
}

function watchWrites(store: Store, onWritten: OnWritten): void {
  const { getStreamDb } = store;
  const watched = new WeakSet<StreamDb>();
  store.getStreamDb = (name) => {
    const stream = getStreamDb(name);
    if (watched.has(stream)) return stream;
    watched.add(stream);
    const { put, batch } = stream;
    const after = (records: StoredRecord[], done: Done): Done => {
      return (error) => {
        if (!error && records.length > 0) onWritten(name, records);
        done(error);
      };
    };
    stream.put = (key, value, done) => put.call(stream, key, value, after([{ key, value }], done));
    stream.batch = (changes, ...rest) => {
      const done = rest.pop() as Done;
      const puts = changes.filter(({ type }) => type === 'put');
      // Records that are too old: kinesalite would print the failure, and deletes them with the next read.
      const then = puts.length > 0 ? after(puts, done) : () => done();
      batch.call(stream, changes, ...(rest as object[]), then);
    };
    return stream;
  };
}

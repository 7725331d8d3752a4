/** kinesalite 3.3.3, with access to its store for operations that its API lacks. */
import { createRequire } from 'node:module';
import kinesalite from 'kinesalite';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../stack/identities.ts';

const ofKinesalite = createRequire(createRequire(import.meta.url).resolve('kinesalite'));

interface Range {
  gte: string;
  lt: string;
  reverse?: boolean;
  limit?: number;
}
/** Times are in seconds since the epoch. */
export interface StoredRecord {
  /** Shard, a slash, and the sequence number, by which records are sorted. */
  key: string;
  value: { ApproximateArrivalTimestamp: number };
}
interface StoredStream {
  Shards: { SequenceNumberRange: { StartingSequenceNumber: string } }[];
}
export interface Store {
  metaDb: { awsAccountId: string; awsRegion: string };
  getStream(name: string, callback: (error: Error | null, stream?: StoredStream) => void): void;
  getStreamDb(name: string): { createReadStream(range: Range): AsyncIterable<StoredRecord> };
  deleteStreamDb(name: string, callback: (error?: Error) => void): void;
}

interface Sequence {
  shardCreateTime: number;
  shardIx: number;
  seqIx: number | string;
}
export interface Db {
  create(options: object): Store;
  /** @throws Error for anything but a sequence number */
  parseSequence(sequenceNumber: string): Sequence;
  stringifySequence(sequence: Sequence): string;
  shardIxToHex(shardIx: number): string;
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

export function openKinesalite(options: Parameters<typeof kinesalite>[0]) {
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
  return { server, store };
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

/** kinesalite 3.3.3, with its store at hand for what its API does not do. */
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
/** As it is stored; times in seconds since the epoch. */
export interface StoredRecord {
  /** Shard, a slash, sequence number: sorted by that. */
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
  /** @throws Error for one that is no sequence number */
  parseSequence(sequenceNumber: string): Sequence;
  stringifySequence(sequence: Sequence): string;
  shardIxToHex(shardIx: number): string;
  /** @throws Error for a name that no shard has */
  resolveShardId(shardId: string): { shardIx: number };
  ITERATOR_PWD_KEY: Buffer;
  ITERATOR_PWD_IV: Buffer;
}
/** The very modules that kinesalite uses. */
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

/** Account and region are ours, whatever the environment says; and a stream may be called as something of an array. */
function repair(store: Store): void {
  Object.assign(store.metaDb, { awsAccountId: LOCAL_ACCOUNT, awsRegion: LOCAL_REGION });
  // Streams are kept in an array by their names: `push` or `length` would be found there. No name has a blank.
  const safe = (name: string) => (name in [] ? ` ${name}` : name);
  const { getStreamDb, deleteStreamDb } = store;
  store.getStreamDb = (name) => getStreamDb(safe(name));
  store.deleteStreamDb = (name, callback) => deleteStreamDb(safe(name), callback);
}

/** What every case gets: calls, and streams of its own that are deleted when it ends. */
import { deepStrictEqual, fail, match, ok, strictEqual } from 'node:assert/strict';
import { base64, type Call, caller, Refusal } from './caller.ts';

export interface Shard {
  ShardId: string;
  ParentShardId?: string;
  AdjacentParentShardId?: string;
  HashKeyRange: { StartingHashKey: string; EndingHashKey: string };
  SequenceNumberRange: { StartingSequenceNumber: string; EndingSequenceNumber?: string };
}
export interface Put {
  ShardId: string;
  SequenceNumber: string;
}
export interface PutMany {
  FailedRecordCount: number;
  Records: (Partial<Put> & { ErrorCode?: string; ErrorMessage?: string })[];
}
export interface Page {
  Records: {
    Data: string;
    PartitionKey: string;
    SequenceNumber: string;
    ApproximateArrivalTimestamp: number;
  }[];
  NextShardIterator?: string | null;
  MillisBehindLatest: number;
  ChildShards?: { ShardId: string; ParentShards: string[]; HashKeyRange: Shard['HashKeyRange'] }[];
}

export const FIRST_SHARD = 'shardId-000000000000';
export const HIGHEST_HASH = (2n ** 128n - 1n).toString();
export const HALF_HASH = (2n ** 127n).toString();
const PATIENCE_MS = 10_000;

export interface Context {
  endpoint: string;
  call: Call;
  cbor: Call;
  /** Of the stream's ARN. */
  account: string;
  stream(shards?: number): Promise<string>;
  arnOf(stream: string): string;
  until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T>;
  active(stream: string): Promise<void>;
  put(stream: string, text: string, extra?: object): Promise<Put>;
  shards(stream: string, extra?: object): Promise<Shard[]>;
  iterator(stream: string, type: string, extra?: object): Promise<string>;
  /** Texts of all records from an iterator to the end, as far as it is there now. */
  read(iterator: string): Promise<string[]>;
  /** Sets the server's clock forward. */
  pass(ms: number): Promise<void>;
  refused(call: Promise<unknown>, code: string, message?: string | RegExp): Promise<void>;
}

let count = 0;

/** Rejects where a server's clock cannot be set. */
export type Pass = Context['pass'];
const cannotPass: Pass = async () => fail('its clock cannot be set');

export async function createContext(
  endpoint: string,
  pass = cannotPass,
): Promise<Context & { close(): Promise<void> }> {
  const call = caller(endpoint);
  const made: string[] = [];
  let arn = '';

  async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > end) return fail(`waited ${PATIENCE_MS} ms for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  async function active(stream: string): Promise<void> {
    await until(`${stream} to be ACTIVE`, async () => {
      const { StreamDescriptionSummary: summary } = await call<{
        StreamDescriptionSummary: { StreamStatus: string; StreamARN: string };
      }>('DescribeStreamSummary', { StreamName: stream });
      arn = summary.StreamARN;
      return summary.StreamStatus === 'ACTIVE';
    });
  }
  const iterator: Context['iterator'] = async (stream, type, extra = {}) => {
    const input = { StreamName: stream, ShardId: FIRST_SHARD, ShardIteratorType: type, ...extra };
    return (await call<{ ShardIterator: string }>('GetShardIterator', input)).ShardIterator;
  };

  return {
    endpoint,
    call,
    cbor: caller(endpoint, 'cbor'),
    get account() {
      return arn.split(':')[4] ?? '';
    },
    async stream(shards = 1) {
      count += 1;
      const name = `conformance-${process.pid}-${Date.now().toString(36)}-${count}`;
      await call('CreateStream', { StreamName: name, ShardCount: shards });
      made.push(name);
      await active(name);
      return name;
    },
    arnOf: (stream) => `${arn.slice(0, arn.lastIndexOf('/'))}/${stream}`,
    until,
    active,
    put: (stream, text, extra = {}) =>
      call<Put>('PutRecord', { StreamName: stream, PartitionKey: 'key', Data: base64(text), ...extra }),
    shards: async (stream, extra = {}) =>
      (await call<{ Shards: Shard[] }>('ListShards', { StreamName: stream, ...extra })).Shards,
    ...{ iterator, pass },
    async read(from) {
      const texts: string[] = [];
      let next: string | null | undefined = from;
      for (let empty = 0; next && empty < 3; ) {
        const page: Page = await call<Page>('GetRecords', { ShardIterator: next });
        texts.push(...page.Records.map(({ Data }) => Buffer.from(Data, 'base64').toString()));
        empty = page.Records.length === 0 ? empty + 1 : 0;
        if (empty > 0 && page.MillisBehindLatest === 0) break;
        next = page.NextShardIterator;
      }
      return texts;
    },
    async refused(sent, code, message) {
      const refusal = await sent.then(
        () => fail('was not refused'),
        (error: unknown) => error,
      );
      if (!(refusal instanceof Refusal)) throw refusal;
      strictEqual(refusal.code, code, refusal.message);
      if (typeof message === 'string') strictEqual(refusal.message, message);
      else if (message) match(refusal.message, message);
    },
    async close() {
      for (const name of made) await call('DeleteStream', { StreamName: name }).catch(() => {});
    },
  };
}

export interface Case {
  name: string;
  run(context: Context): Promise<void>;
  /** Needs a server whose shards throttle as AWS' do. */
  throttled?: true;
}

export const equal: typeof deepStrictEqual = deepStrictEqual;
export const yes: typeof ok = ok;

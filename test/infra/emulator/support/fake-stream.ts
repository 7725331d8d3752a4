/** A stream of one shard in memory, as an SDK client sees it: for tests in virtual time, which no socket knows. */
import type { _Record, KinesisClient } from '@aws-sdk/client-kinesis';
import type { Clock } from '../../../../infra/emulator/base/clock.ts';

interface Input {
  StartingSequenceNumber?: string;
  ShardIterator?: string;
  Limit?: number;
}

export interface FakeStream {
  client: KinesisClient;
  /** Dated by the clock. */
  put(...texts: string[]): void;
  /** The next `count` reads fail. */
  fail(count: number): void;
  /** Each read so far: what it asked for, and when, in ms of elapsed time. */
  readonly asked: { iterator: string; atMs: number }[];
}

export function createFakeStream(clock: Clock): FakeStream {
  const records: _Record[] = [];
  const asked: FakeStream['asked'] = [];
  let failures = 0;
  let reads = 0;

  // An iterator is the number of records before it, and something that makes each another one.
  const iteratorAt = (position: number) => `${position}/${++reads}`;
  const answers: Record<string, (input: Input) => object> = {
    ListShardsCommand: () => ({ Shards: [{ ShardId: 'shardId-000000000000' }] }),
    GetShardIteratorCommand: ({ StartingSequenceNumber = '0' }) => ({
      ShardIterator: iteratorAt(Number(StartingSequenceNumber)),
    }),
    GetRecordsCommand({ ShardIterator = '', Limit }) {
      asked.push({ iterator: ShardIterator, atMs: clock.elapsed() });
      if (failures > 0) {
        failures -= 1;
        throw new Error('down');
      }
      const from = Number(ShardIterator.split('/')[0]);
      const Records = records.slice(from, from + (Limit ?? records.length));
      return { Records, NextShardIterator: iteratorAt(from + Records.length) };
    },
  };
  const send = async (command: { constructor: { name: string }; input: Input }) =>
    answers[command.constructor.name]?.(command.input);

  return {
    client: { send } as unknown as KinesisClient,
    asked,
    put(...texts) {
      for (const text of texts) {
        records.push({
          SequenceNumber: String(records.length + 1),
          PartitionKey: 'site-1',
          Data: Buffer.from(text),
          ApproximateArrivalTimestamp: new Date(clock.now()),
        });
      }
    },
    fail(count) {
      failures = count;
    },
  };
}

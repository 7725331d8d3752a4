/** Firehose: the template's delivery streams, fed by Kinesis shards or by direct puts. */
import { join } from 'node:path';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { z } from 'zod';
import type { EventBus } from '../base/events.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import { readStream, type StreamReader } from '../kinesis/stream-reader.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type DeliveryStream, openDeliveryStream } from './delivery-stream.ts';

export interface DeliveryOptions {
  resources: StackResource[];
  tables: CatalogTable[];
  client: KinesisClient;
  s3Root: string;
  stateDir: string;
  bus: EventBus;
  /** In place of the template's buffer interval. */
  intervalSeconds: number;
  /** Sees the data of every record that comes from a Kinesis stream. */
  onRecord(data: Uint8Array): void;
  /** Called before each write to a bucket; what it throws is a failure of that write. */
  beforeWrite(): void;
}

/** Lines that came in since the start, and where they are now. */
export interface DeliveryAccount {
  /** Counted as they were read from the stream, before delivery looked at them. */
  received: number;
  inLake: number;
  /** Under the error prefix, with their bytes. */
  malformed: number;
  /** In the buffer. */
  pending: number;
}

export interface Delivery {
  put(deliveryStreamArn: string, data: Uint8Array): Promise<void>;
  /** Of the delivery streams that read from Kinesis. */
  account(): DeliveryAccount;
  /** Resolves when all that is in the Kinesis streams now has been read. */
  drain(): Promise<void>;
  /** Stops reading, flushes and ends. */
  close(): Promise<void>;
}

const source = z.object({
  KinesisStreamSourceConfiguration: z.object({ KinesisStreamARN: z.string() }).optional(),
});
const POLL_MS = 200;

export async function openDelivery(options: DeliveryOptions): Promise<Delivery> {
  const { bus, client } = options;
  const findTable = (database: string, name: string) => {
    const table = options.tables.find(
      (candidate) => candidate.database === database && candidate.name === name,
    );
    if (!table) throw new Error(`The template has no table ${database}.${name}`);
    return table;
  };
  const byArn = new Map<string, DeliveryStream>();
  const fromKinesis: DeliveryStream[] = [];
  const readers: StreamReader[] = [];
  let received = 0;

  for (const { ref: name, arn, properties } of options.resources) {
    const stream = await openDeliveryStream({
      name,
      properties,
      tables: findTable,
      s3Root: options.s3Root,
      stateDir: join(options.stateDir, 'firehose'),
      bus,
      bufferIntervalSeconds: options.intervalSeconds,
      beforeWrite: options.beforeWrite,
    });
    byArn.set(arn, stream);
    const streamArn = source.parse(properties).KinesisStreamSourceConfiguration?.KinesisStreamARN;
    if (streamArn === undefined) continue;
    fromKinesis.push(stream);
    readers.push(
      readStream({
        client,
        streamName: streamArn.slice(streamArn.indexOf('/') + 1),
        // AWS starts at LATEST. Here stream and delivery stream are born together, and nothing comes before both.
        startingPosition: 'TRIM_HORIZON',
        checkpoints: stream.checkpoints,
        pollMs: POLL_MS,
        async onRecords(shardId, records) {
          for (const { data } of records) {
            received += countLines(data);
            options.onRecord(data);
          }
          await stream.accept(shardId, records);
        },
        onTrouble: (error, failures) => {
          if (failures > 1)
            bus.publish({ type: 'notice', level: 'warning', text: `${name}: ${error.message}` });
        },
      }),
    );
  }

  return {
    async put(deliveryStreamArn, data) {
      const stream = byArn.get(deliveryStreamArn);
      if (!stream) throw new AwsError('ResourceNotFoundException', `No delivery stream ${deliveryStreamArn}`);
      await stream.put(data);
    },
    account() {
      const counts = fromKinesis.map((stream) => stream.counts());
      const inLake = counts.reduce((sum, { rows }) => sum + rows, 0);
      const malformed = counts.reduce((sum, { errorLines }) => sum + errorLines, 0);
      return { received, inLake, malformed, pending: Math.max(0, received - inLake - malformed) };
    },
    async drain() {
      await Promise.all(readers.map((reader) => reader.drain()));
    },
    async close() {
      await Promise.all(readers.map((reader) => reader.stop()));
      await Promise.all([...byArn.values()].map((stream) => stream.close()));
    },
  };
}

const NEWLINE = 0x0a;

/** Lines of a record: those that end in a newline, and what follows the last one. An empty record is one empty line. */
function countLines(data: Uint8Array): number {
  let lines = 0;
  for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, at + 1)) lines += 1;
  return data.length > 0 && data.at(-1) === NEWLINE ? lines : lines + 1;
}

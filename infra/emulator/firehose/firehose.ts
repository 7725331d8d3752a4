/** Firehose: the template's delivery streams, fed by Kinesis shards or by direct puts. */
import { join } from 'node:path';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import { readStream } from '../kinesis/stream-reader.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type DeliveryStream, openDeliveryStream } from './delivery-stream.ts';

export interface DeliveryOptions {
  resources: StackResource[];
  tables: CatalogTable[];
  client: KinesisClient;
  s3Root: string;
  stateDir: string;
  /** Hears of every record that comes from a Kinesis stream. */
  bus: EventBus;
  clock?: Clock;
  /** Called before each write to a bucket; what it throws is a failure of that write. */
  beforeWrite(): void;
  onDrain(step: () => Promise<void>): void;
  onClose(step: () => unknown): void;
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
}

export const sourceProperties = z.object({
  KinesisStreamSourceConfiguration: z.object({ KinesisStreamARN: z.string() }).optional(),
});
const POLL_MS = 200;

export async function openDelivery(options: DeliveryOptions): Promise<Delivery> {
  const { bus, client, clock } = options;
  const findTable = (database: string, name: string) => {
    const table = options.tables.find(
      (candidate) => candidate.database === database && candidate.name === name,
    );
    if (!table) throw new Error(`The template has no table ${database}.${name}`);
    return table;
  };
  const byArn = new Map<string, DeliveryStream>();
  const fromKinesis: DeliveryStream[] = [];
  let received = 0;

  for (const { ref: name, arn, properties } of options.resources) {
    const stream = await openDeliveryStream({
      name,
      properties,
      tables: findTable,
      s3Root: options.s3Root,
      stateDir: join(options.stateDir, 'firehose'),
      bus,
      clock,
      beforeWrite: options.beforeWrite,
    });
    options.onClose(() => stream.close());
    byArn.set(arn, stream);
    const streamArn = sourceProperties.parse(properties).KinesisStreamSourceConfiguration?.KinesisStreamARN;
    if (streamArn === undefined) continue;
    fromKinesis.push(stream);
    const reader = readStream({
      client,
      streamName: streamArn.slice(streamArn.indexOf('/') + 1),
      // AWS starts at LATEST. Here stream and delivery stream are born together, and nothing comes before both.
      startingPosition: 'TRIM_HORIZON',
      checkpoints: stream.checkpoints,
      pollMs: POLL_MS,
      clock,
      async onRecords(shardId, records) {
        for (const { data } of records) {
          received += countLines(data);
          bus.emit('record', data);
        }
        await stream.accept(shardId, records);
      },
      onTrouble: (error, failures) => {
        if (failures > 1)
          bus.publish({ type: 'notice', level: 'warning', text: `${name}: ${error.message}` });
      },
    });
    options.onClose(() => reader.stop());
    options.onDrain(() => reader.drain());
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
  };
}

const NEWLINE = 0x0a;

/** Lines of a record: those that end in a newline, and what follows the last one. An empty record is one empty line. */
function countLines(data: Uint8Array): number {
  let lines = 0;
  for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, at + 1)) lines += 1;
  return data.length > 0 && data.at(-1) === NEWLINE ? lines : lines + 1;
}

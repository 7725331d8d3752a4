/** Firehose: the template's delivery streams, fed by Kinesis shards or by direct puts. */
import { join } from 'node:path';
import { aborted } from '../base/waker.ts';
import { glue } from '../glue/service.ts';
import { type Actor, iam } from '../iam/service.ts';
import type { Counts } from '../kinesis/log/counts.ts';
import { auditFor } from '../kinesis/reader/losses.ts';
import { startStreamReader } from '../kinesis/reader/stream-reader.ts';
import { kinesis } from '../kinesis/service.ts';
import { lambda } from '../lambda/service.ts';
import { s3 } from '../s3/service.ts';
import { arnOf, named } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service, ServiceContext } from '../stack/service.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type DeliveryStream, openDeliveryStream } from './delivery-stream.ts';
import { deliveryStreamProperties, sourceProperties } from './properties.ts';
import { unpack } from './unpack.ts';

/** Lines that arrived since the start, and where they are now. */
export interface DeliveryAccount {
  /** Counted as they were read from the stream, before delivery parsed them. */
  received: number;
  inLake: number;
  /** Under the error prefix, with their bytes. */
  malformed: number;
  /** Acknowledged and lost before they could be read: too old, or damaged. */
  lost: number;
  /** In the buffer. */
  pending: number;
}

export interface Firehose {
  put(deliveryStreamArn: string, data: Uint8Array): Promise<void>;
  /** Of the delivery streams that read from Kinesis. */
  account(): DeliveryAccount;
}

const DELIVERY_STREAM = 'AWS::KinesisFirehose::DeliveryStream';
const POLL_MS = 200;

export const firehose: Service<Firehose> = {
  name: 'firehose',
  types: {
    [DELIVERY_STREAM]: {
      identity: named('DeliveryStreamName', (name) => arnOf('firehose', `deliverystream/${name}`)),
      obeys: ['DeliveryStreamName', ...pathsOf(sourceProperties), ...pathsOf(deliveryStreamProperties)],
    },
  },
  async open(context) {
    const { resources, stateDir, bus, clock, beforeWrite, of, onClose } = context;
    const actorOf = (roleArn: string, source: string) =>
      of(iam).asRole({ roleArn, service: 'firehose', source });
    const byArn = new Map<string, DeliveryStream>();
    const fromKinesis: DeliveryStream[] = [];
    let received = 0;
    let lost = 0;
    for (const { ref: name, arn, properties } of resources(DELIVERY_STREAM)) {
      const stream = await openDeliveryStream({
        ...{ name, properties, bus, clock, beforeWrite },
        functions: (functionArn) => of(lambda).use(functionArn),
        actorOf: (roleArn) => actorOf(roleArn, arn),
        tables: (database, table) => findTable(context, database, table),
        s3Root: of(s3).root,
        stateDir: join(stateDir, 'firehose'),
      });
      onClose(() => closeUnlessRefused(stream));
      byArn.set(arn, stream);
      const source = sourceProperties.parse(properties).KinesisStreamSourceConfiguration;
      if (source === undefined) continue;
      fromKinesis.push(stream);
      const reader = actorOf(source.RoleARN, arn);
      feedFrom(source.KinesisStreamARN, { stream, name, reader }, context, {
        onLines(lines) {
          received += lines;
        },
        onLost({ lines }) {
          received += lines;
          lost += lines;
        },
      });
    }

    return {
      async put(deliveryStreamArn, data) {
        const stream = byArn.get(deliveryStreamArn);
        if (!stream)
          throw new AwsError('ResourceNotFoundException', `No delivery stream ${deliveryStreamArn}`);
        await stream.put(data);
      },
      account() {
        const counts = fromKinesis.map((stream) => stream.counts());
        const inLake = counts.reduce((sum, { rows }) => sum + rows, 0);
        const malformed = counts.reduce((sum, { errorLines }) => sum + errorLines, 0);
        const dropped = counts.reduce((sum, { droppedLines }) => sum + droppedLines, 0);
        const pending = Math.max(0, received - inLake - malformed - lost - dropped);
        return { received, inLake, malformed, lost, pending };
      },
    };
  },
};

/** What IAM denies is said already; the next start delivers what is left. */
async function closeUnlessRefused(stream: DeliveryStream): Promise<void> {
  try {
    await stream.close();
  } catch (error) {
    if (!stream.refused.aborted) throw error;
  }
}

function findTable({ of }: ServiceContext, database: string, name: string) {
  const table = of(glue).tables.find((one) => one.database === database && one.name === name);
  if (!table) throw new Error(`The template has no table ${database}.${name}`);
  return table;
}

interface Told {
  /** How many lines arrived. */
  onLines(lines: number): void;
  onLost(lost: Counts): void;
}

function feedFrom(
  streamArn: string,
  { stream, name, reader: actor }: { stream: DeliveryStream; name: string; reader: Actor },
  { bus, clock, of, onDrain, onClose }: ServiceContext,
  { onLines, onLost }: Told,
): void {
  const { clientOf, auditor } = of(kinesis);
  const client = clientOf(actor);
  const streamName = streamArn.slice(streamArn.indexOf('/') + 1);
  const consumer = { ...stream.checkpoints, streamName, task: `delivered by ${name}`, onLost };
  const reader = startStreamReader({
    client,
    streamName,
    audit: auditFor(auditor, consumer, bus),
    // AWS starts at LATEST. Here both streams are created together, so nothing can be older than both.
    startingPosition: 'TRIM_HORIZON',
    checkpoints: stream.checkpoints,
    pollMs: POLL_MS,
    clock,
    async onRecords(shardId, records) {
      for (const { lines } of records) onLines(lines);
      const unpacked = records.flatMap(unpack);
      for (const { data } of unpacked) bus.emit('record', data);
      await stream.accept(shardId, unpacked);
    },
    onFailure(error, failures) {
      if (failures > 1) bus.warn(`${name}: ${error.message}`);
    },
  });
  onClose(() => {
    const stopped = reader.stop();
    if (stream.refused.aborted) stream.stopTrying();
    return stopped;
  });
  onDrain(() => Promise.race([reader.drain(), aborted(stream.refused)]));
}

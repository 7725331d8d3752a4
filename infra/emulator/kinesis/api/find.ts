/** Streams, shards and consumers as requests name them. */
import { arnOf } from '../../stack/identities.ts';
import type { Shard } from '../stream/shard.ts';
import type { ConsumerState } from '../stream/state.ts';
import type { Stream } from '../stream/stream.ts';
import type { Streams } from '../stream/streams.ts';
import { inAccount, invalid, noShard, noStream, noSuchShard, notFound } from './refusals.ts';

export interface Named {
  StreamName?: string;
  StreamARN?: string;
}

export const streamArn = (name: string) => arnOf('kinesis', `stream/${name}`);

/** @throws AwsError */
export function streamOf(streams: Streams, named: Named): Stream {
  const name = nameIn(named);
  const stream = streams.get(name);
  if (!stream) throw noStream(name);
  return stream;
}

/** The name of a stream, which need not be there. @throws AwsError */
export function nameIn({ StreamName: name, StreamARN: arn }: Named): string {
  if (arn === undefined) {
    if (name === undefined) throw invalid('Either StreamName or StreamARN must be given.');
    return name;
  }
  const meant = arn.slice(arn.indexOf('/') + 1);
  if (arn !== streamArn(meant)) {
    throw notFound(`Stream ${arn} not found. One of this name would be ${streamArn(meant)}.`);
  }
  if (name !== undefined && name !== meant) {
    throw invalid(`StreamARN and StreamName name different streams: ${meant} and ${name}.`);
  }
  return meant;
}

const SHARD_ID = /^(?:[^-]*-)?(\d+)$/;

/** @throws AwsError */
export function shardOf(stream: Stream, shardId: string, missing: typeof noShard = noShard): Shard {
  const number = SHARD_ID.exec(shardId)?.[1];
  if (number === undefined) throw noSuchShard(shardId, stream.state.name);
  const shard = stream.shard(Number(number));
  if (!shard) throw missing(shardId, stream.state.name);
  return shard;
}

export const consumerArn = (stream: string, { name, createdMs }: ConsumerState) =>
  `${streamArn(stream)}/consumer/${name}:${Math.floor(createdMs / 1000)}`;

export interface FoundConsumer {
  stream: Stream;
  consumer: ConsumerState;
  arn: string;
}

/** By its ARN, or by its name and the stream's ARN. @throws AwsError */
export function consumerOf(
  streams: Streams,
  given: { ConsumerARN?: string; ConsumerName?: string; StreamARN?: string },
): FoundConsumer {
  const { ConsumerARN, ConsumerName, StreamARN } = given;
  if (ConsumerARN === undefined) {
    if (ConsumerName === undefined || StreamARN === undefined) {
      throw invalid('Either ConsumerARN or both StreamARN and ConsumerName must be given.');
    }
    const stream = streamOf(streams, { StreamARN });
    const consumer = stream.state.consumers.find(({ name }) => name === ConsumerName);
    if (!consumer) throw noConsumer(`${ConsumerName} of ${StreamARN}`);
    return { stream, consumer, arn: consumerArn(stream.state.name, consumer) };
  }
  for (const stream of streams.all()) {
    const consumer = stream.state.consumers.find(
      (one) => consumerArn(stream.state.name, one) === ConsumerARN,
    );
    if (consumer) return { stream, consumer, arn: ConsumerARN };
  }
  throw noConsumer(ConsumerARN);
}

const noConsumer = (which: string) => notFound(`${inAccount(`Consumer ${which}`)} not found.`);

/** The template's registered consumers, whose ARNs are the same at each start. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';
import { arnOf, type Identity, nameOf, type Subject } from '../stack/identities.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { consumerArn } from './api/find.ts';
import type { Streams } from './stream/streams.ts';

export const consumerProperties = z.object({ ConsumerName: z.string(), StreamARN: z.string() });

const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });
/** An ARN ends in the time of the registration; this one derives from the logical id. */
const EARLIEST_SECS = 1_600_000_000;
const SPAN_SECS = 100_000_000;

export function consumerIdentity(subject: Subject): Identity {
  const { stackName, logicalId, properties } = subject;
  const name = nameOf(subject, 'ConsumerName');
  const { data } = attribute.safeParse(properties.StreamARN);
  const stream = data
    ? arnOf('kinesis', `stream/${stackName}-${data['Fn::GetAtt'][0]}`)
    : String(properties.StreamARN);
  const hash = createHash('sha256').update(`${stackName}/${logicalId}`).digest().readUInt32BE(0);
  const arn = `${stream}/consumer/${name}:${EARLIEST_SECS + (hash % SPAN_SECS)}`;
  const attributes = { ConsumerARN: arn, ConsumerName: name, ConsumerStatus: 'ACTIVE', StreamARN: stream };
  return { ref: arn, attributes };
}

/** Registers those that are not yet. @throws SetupError for one whose stream has a name of its own */
export async function registerConsumers(resources: StackResource[], streams: Streams): Promise<void> {
  for (const { ref, properties } of resources) {
    const { ConsumerName: name, StreamARN } = consumerProperties.parse(properties);
    const stream = streams.get(StreamARN.slice(StreamARN.indexOf('/') + 1));
    const createdMs = Number(ref.slice(ref.lastIndexOf(':') + 1)) * 1000;
    if (!stream || consumerArn(stream.state.name, { name, createdMs, tags: {} }) !== ref) {
      throw new SetupError(
        `The consumer ${name} of ${StreamARN} cannot be registered here: expected a stream of this template without a name of its own.`,
      );
    }
    const { consumers } = stream.state;
    if (!consumers.some((consumer) => consumer.name === name)) consumers.push({ name, createdMs, tags: {} });
    await streams.save();
  }
}

/** Topics and subscriptions as the template defines them. */
import { z } from 'zod';
import { flag } from '../stack/properties.ts';
import type { SubscriptionInput } from './subscriptions.ts';

export interface Topic {
  arn: string;
  name: string;
  displayName?: string;
}

export const topicProperties = z.object({ DisplayName: z.string().optional() });

/** A topic from the resolved properties of an `AWS::SNS::Topic`. */
export function parseTopic({ ref, properties }: { ref: string; properties: unknown }): Topic {
  const { DisplayName } = topicProperties.parse(properties);
  return { arn: ref, name: ref.slice(ref.lastIndexOf(':') + 1), displayName: DisplayName };
}

export const subscriptionProperties = z.object({
  TopicArn: z.string(),
  Protocol: z.string(),
  Endpoint: z.string(),
  RawMessageDelivery: flag.default(false),
  FilterPolicy: z
    .union([z.string(), z.record(z.string(), z.unknown()).transform((v) => JSON.stringify(v))])
    .optional(),
  FilterPolicyScope: z.enum(['MessageAttributes', 'MessageBody']).default('MessageAttributes'),
});

/** A subscription from the resolved properties of an `AWS::SNS::Subscription`. */
export function parseSubscription(properties: unknown): SubscriptionInput {
  const given = subscriptionProperties.parse(properties);
  return {
    topicArn: given.TopicArn,
    protocol: given.Protocol,
    endpoint: given.Endpoint,
    rawMessageDelivery: given.RawMessageDelivery,
    ...(given.FilterPolicy === undefined ? {} : { filterPolicy: given.FilterPolicy }),
    filterPolicyScope: given.FilterPolicyScope,
  };
}

/** Topics and subscriptions as the template defines them. */
import { z } from 'zod';
import { flag } from '../stack/properties.ts';
import type { SubscriptionInput } from './subscriptions.ts';

export interface Topic {
  arn: string;
  name: string;
  displayName?: string;
  /** With what notices are signed: SHA-1, which is the default, or SHA-256. */
  signatureVersion?: '1' | '2';
}

export const topicProperties = z.object({
  DisplayName: z.string().optional(),
  SignatureVersion: z.coerce
    .string()
    .pipe(z.enum(['1', '2']))
    .optional(),
});

/** A topic from the resolved properties of an `AWS::SNS::Topic`. */
export function parseTopic({ ref, properties }: { ref: string; properties: unknown }): Topic {
  const { DisplayName, SignatureVersion } = topicProperties.parse(properties);
  const name = ref.slice(ref.lastIndexOf(':') + 1);
  return { arn: ref, name, displayName: DisplayName, signatureVersion: SignatureVersion };
}

/** As text, in whichever of the two forms it is written down. */
const json = z.union([z.string(), z.record(z.string(), z.unknown()).transform((v) => JSON.stringify(v))]);

export const subscriptionProperties = z.object({
  TopicArn: z.string(),
  Protocol: z.string(),
  Endpoint: z.string(),
  RawMessageDelivery: flag.default(false),
  FilterPolicy: json.optional(),
  FilterPolicyScope: z.enum(['MessageAttributes', 'MessageBody']).default('MessageAttributes'),
  DeliveryPolicy: json.optional(),
  RedrivePolicy: json.optional(),
  SubscriptionRoleArn: z.string().optional(),
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
    ...(given.DeliveryPolicy === undefined ? {} : { deliveryPolicy: given.DeliveryPolicy }),
    ...(given.RedrivePolicy === undefined ? {} : { redrivePolicy: given.RedrivePolicy }),
    ...(given.SubscriptionRoleArn === undefined ? {} : { subscriptionRoleArn: given.SubscriptionRoleArn }),
  };
}

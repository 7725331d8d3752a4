/** Resources that are added or changed for a local session. */
import { STACK_NAME } from '../../services/contract/stack.ts';
import type { Stack, StackResource } from '../emulator/stack/intrinsics.ts';
import { trustedTable } from './trusted-table.ts';

/** Receives the alerts when the template has no e-mail address. */
const DEFAULT_SUBSCRIBER = 'you@streamwatch.local';
const DELIVERY_STREAM = 'AWS::KinesisFirehose::DeliveryStream';

/** @param deliverySeconds buffer interval of the delivery streams, which may be shorter here than AWS allows */
export function localResources(stack: Stack, deliverySeconds: number): StackResource[] {
  const { DatabaseName, LakeBucketName } = stack.outputs;
  return [
    ...stack.resources.map((resource) =>
      resource.type === DELIVERY_STREAM
        ? { ...resource, properties: delivering(resource.properties, deliverySeconds) }
        : resource,
    ),
    ...defaultSubscription(stack),
    ...(DatabaseName === undefined || LakeBucketName === undefined
      ? []
      : [added('AWS::Glue::Table', trustedTable(DatabaseName, LakeBucketName))]),
  ];
}

/** Paths of the properties that differ here from the template. */
export const replacedHere = ({ type }: StackResource): string[] =>
  type === DELIVERY_STREAM ? ['ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds'] : [];

function delivering(properties: Record<string, unknown>, IntervalInSeconds: number): Record<string, unknown> {
  const destination = properties.ExtendedS3DestinationConfiguration as Record<string, unknown> | undefined;
  const BufferingHints = { ...(destination?.BufferingHints as object | undefined), IntervalInSeconds };
  return { ...properties, ExtendedS3DestinationConfiguration: { ...destination, BufferingHints } };
}

function defaultSubscription({ resources, outputs }: Stack): StackResource[] {
  const { AlertTopicArn: TopicArn } = outputs;
  const hasSubscriber = resources.some(
    ({ type, properties }) =>
      type === 'AWS::SNS::Subscription' &&
      properties.TopicArn === TopicArn &&
      String(properties.Protocol).startsWith('email'),
  );
  if (hasSubscriber || TopicArn === undefined) return [];
  return [added('AWS::SNS::Subscription', { TopicArn, Protocol: 'email', Endpoint: DEFAULT_SUBSCRIBER })];
}

function added(type: string, properties: Record<string, unknown>): StackResource {
  const name = `${STACK_NAME}-local`;
  return { logicalId: name, type, ref: name, arn: name, properties, metadata: {} };
}

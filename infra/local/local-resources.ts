/** What runs here besides the template's resources, or otherwise than it says. */
import { STACK_NAME } from '../../services/contract/stack.ts';
import type { Stack, StackResource } from '../emulator/stack/intrinsics.ts';
import { trustedTable } from './trusted-table.ts';

/** Who gets the alerts when the template names nobody. */
const DEFAULT_SUBSCRIBER = 'you@streamwatch.local';
const DELIVERY_STREAM = 'AWS::KinesisFirehose::DeliveryStream';

/**
 * @param deliverySeconds buffer interval of the delivery streams: on AWS 60 s or more, here as short as somebody wants
 *   to wait
 */
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

/** Paths of the properties that are something else here than the template says. */
export const replacedHere = ({ type }: StackResource): string[] =>
  type === DELIVERY_STREAM ? ['ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds'] : [];

function delivering(properties: Record<string, unknown>, IntervalInSeconds: number): Record<string, unknown> {
  const destination = properties.ExtendedS3DestinationConfiguration as Record<string, unknown> | undefined;
  const BufferingHints = { ...(destination?.BufferingHints as object | undefined), IntervalInSeconds };
  return { ...properties, ExtendedS3DestinationConfiguration: { ...destination, BufferingHints } };
}

function defaultSubscription({ resources, outputs }: Stack): StackResource[] {
  const { AlertTopicArn: TopicArn } = outputs;
  const hasReader = resources.some(
    ({ type, properties }) =>
      type === 'AWS::SNS::Subscription' &&
      properties.TopicArn === TopicArn &&
      String(properties.Protocol).startsWith('email'),
  );
  if (hasReader || TopicArn === undefined) return [];
  return [added('AWS::SNS::Subscription', { TopicArn, Protocol: 'email', Endpoint: DEFAULT_SUBSCRIBER })];
}

function added(type: string, properties: Record<string, unknown>): StackResource {
  const name = `${STACK_NAME}-local`;
  return { logicalId: name, type, ref: name, arn: name, properties, metadata: {} };
}

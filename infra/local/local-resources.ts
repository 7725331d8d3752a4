/** Resources that are added or changed for a local session. */
import { STACK_NAME } from '../../services/contract/stack.ts';
import { TRUSTED_TABLE } from '../../services/contract/trusted.ts';
import type { Stack, StackResource } from '../emulator/stack/intrinsics.ts';
import { trustedTable } from './trusted-table.ts';

/** Receive the alerts, and the alarms, when the template has no e-mail address for them. */
const DEFAULT_SUBSCRIBER = 'you@streamwatch.local';
const DEFAULT_OPERATOR = 'operations@streamwatch.local';
const DELIVERY_STREAM = 'AWS::KinesisFirehose::DeliveryStream';
const SCHEDULE = 'AWS::Scheduler::Schedule';

/** @param deliverySeconds buffer interval of the delivery streams, which may be shorter here than AWS allows */
export function localResources(stack: Stack, deliverySeconds: number): StackResource[] {
  const { DatabaseName, LakeBucketName } = stack.outputs;
  return [
    ...stack.resources.map((resource) => ({ ...resource, properties: changed(resource, deliverySeconds) })),
    ...defaultSubscription(stack, stack.outputs.AlertTopicArn, DEFAULT_SUBSCRIBER),
    ...defaultSubscription(stack, stack.outputs.OperationsTopicArn, DEFAULT_OPERATOR),
    ...(DatabaseName === undefined || LakeBucketName === undefined
      ? []
      : [added('AWS::Glue::Table', trustedTable(DatabaseName, LakeBucketName))]),
  ];
}

/** Paths of the properties that differ here from the template. */
export function replacedHere(resource: StackResource): string[] {
  if (resource.type === DELIVERY_STREAM) {
    return ['ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds'];
  }
  return createsTrustedTable(resource) ? ['State'] : [];
}

function changed(resource: StackResource, deliverySeconds: number): Record<string, unknown> {
  if (resource.type === DELIVERY_STREAM) return delivering(resource.properties, deliverySeconds);
  return createsTrustedTable(resource) ? { ...resource.properties, State: 'DISABLED' } : resource.properties;
}

/** The schedule that makes the table of the trusted layer, which is always there here: see trusted-table.ts. */
function createsTrustedTable({ type, properties }: StackResource): boolean {
  const { Input } = (properties.Target ?? {}) as { Input?: unknown };
  return type === SCHEDULE && String(Input).includes(`CREATE TABLE IF NOT EXISTS ${TRUSTED_TABLE}`);
}

function delivering(properties: Record<string, unknown>, IntervalInSeconds: number): Record<string, unknown> {
  const destination = properties.ExtendedS3DestinationConfiguration as Record<string, unknown> | undefined;
  const BufferingHints = { ...(destination?.BufferingHints as object | undefined), IntervalInSeconds };
  return { ...properties, ExtendedS3DestinationConfiguration: { ...destination, BufferingHints } };
}

function defaultSubscription(
  { resources }: Stack,
  TopicArn: string | undefined,
  Endpoint: string,
): StackResource[] {
  const hasSubscriber = resources.some(
    ({ type, properties }) =>
      type === 'AWS::SNS::Subscription' &&
      properties.TopicArn === TopicArn &&
      String(properties.Protocol).startsWith('email'),
  );
  if (hasSubscriber || TopicArn === undefined) return [];
  return [added('AWS::SNS::Subscription', { TopicArn, Protocol: 'email', Endpoint })];
}

function added(type: string, properties: Record<string, unknown>): StackResource {
  const name = `${STACK_NAME}-local`;
  return { logicalId: name, type, ref: name, arn: name, properties, metadata: {} };
}

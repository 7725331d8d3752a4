/** Which resources of the template run on this machine, and which it only carries along. */
import type { Stack } from './intrinsics.ts';

export interface ResourceRow {
  logicalId: string;
  /** The logical id without the hash that CDK appends. */
  name: string;
  type: string;
  mode: 'local' | 'not emulated';
}

/** Everything else (roles, policies, keys, log groups, alarms, dashboards) has no effect here. */
const EMULATED = new Set([
  'AWS::Kinesis::Stream',
  'AWS::KinesisFirehose::DeliveryStream',
  'AWS::S3::Bucket',
  'AWS::Glue::Database',
  'AWS::Glue::Table',
  'AWS::Athena::WorkGroup',
  'AWS::Athena::NamedQuery',
  'AWS::Lambda::EventSourceMapping',
  'AWS::DynamoDB::Table',
  'AWS::SNS::Topic',
  'AWS::SNS::Subscription',
]);

export function resourceRows(stack: Stack): ResourceRow[] {
  // A function that no event source mapping invokes is a custom resource's, which only CloudFormation calls.
  const invoked = new Set(
    stack.resources
      .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
      .map(({ properties }) => properties.FunctionName),
  );
  return stack.resources.map(({ logicalId, type, ref, arn }) => {
    const runs = type === 'AWS::Lambda::Function' ? invoked.has(ref) || invoked.has(arn) : EMULATED.has(type);
    return {
      logicalId,
      name: logicalId.replace(/[0-9A-F]{8}$/, ''),
      type,
      mode: runs ? 'local' : 'not emulated',
    };
  });
}

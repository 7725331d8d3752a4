/** The resources of a template that say who may do what. */
import { arnOf, LOCAL_ACCOUNT, named, nameOf, placeholderIdentity, stableUuid } from '../stack/identities.ts';
import type { ResourceType } from '../stack/service.ts';

const iamArn = (kind: string, name: string) => `arn:aws:iam::${LOCAL_ACCOUNT}:${kind}/${name}`;

/** A policy that has no name of its own. */
const policyOf = (type: string, obeys: readonly string[]): [string, ResourceType] => [
  type,
  { identity: (subject) => placeholderIdentity(type, subject), obeys, enforced: true },
];

export const POLICY_TYPES: Readonly<Record<string, ResourceType>> = {
  'AWS::IAM::Role': {
    identity: named('RoleName', (name) => iamArn('role', name)),
    obeys: ['RoleName', 'AssumeRolePolicyDocument', 'ManagedPolicyArns', 'Policies'],
    enforced: true,
  },
  'AWS::IAM::ManagedPolicy': {
    identity(subject) {
      const arn = iamArn('policy', nameOf(subject, 'ManagedPolicyName'));
      return { ref: arn, attributes: { PolicyArn: arn, Arn: arn } };
    },
    obeys: ['ManagedPolicyName', 'PolicyDocument', 'Roles'],
    enforced: true,
  },
  'AWS::KMS::Key': {
    identity(subject) {
      const id = stableUuid(subject);
      return { ref: id, attributes: { Arn: arnOf('kms', `key/${id}`), KeyId: id } };
    },
    obeys: ['KeyPolicy'],
    enforced: true,
  },
  ...Object.fromEntries([
    policyOf('AWS::IAM::Policy', ['PolicyName', 'PolicyDocument', 'Roles']),
    policyOf('AWS::Kinesis::ResourcePolicy', ['ResourceArn', 'ResourcePolicy']),
    policyOf('AWS::KMS::Alias', ['AliasName', 'TargetKeyId']),
    policyOf('AWS::Lambda::Permission', [
      ...['Action', 'FunctionName', 'Principal', 'SourceAccount', 'SourceArn'],
    ]),
    policyOf('AWS::S3::BucketPolicy', ['Bucket', 'PolicyDocument']),
    policyOf('AWS::SNS::TopicPolicy', ['Topics', 'PolicyDocument']),
    policyOf('AWS::SQS::QueuePolicy', ['Queues', 'PolicyDocument']),
  ]),
};

/** Findings of cdk-nag that are intended. */
import type { ManagedPolicy, Policy } from 'aws-cdk-lib/aws-iam';
import type { CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Stack, Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

export function acknowledge(at: IConstruct, reason: string, ...ids: string[]): void {
  for (const id of ids) Validations.of(at).acknowledge({ id, reason });
}

/** Objects of a bucket below these prefixes, whose further names nobody knows before. */
export function acknowledgeObjects(at: Policy, bucket: IBucket, reason: string, ...prefixes: string[]): void {
  const id = Stack.of(at).getLogicalId(bucket.node.defaultChild as CfnBucket);
  for (const prefix of prefixes)
    acknowledge(at, reason, `AwsSolutions-IAM5[Resource::<${id}.Arn>/${prefix}*]`);
}

interface Intrinsic {
  Ref?: string;
  'Fn::GetAtt'?: [string, string];
  'Fn::Join'?: [string, unknown[]];
}

/** Folders, versions and children of one named resource, where the resource of a statement ends with `*`. */
export function acknowledgeWildcards(policy: ManagedPolicy, reason: string): void {
  const { Statement } = Stack.of(policy).resolve(policy.document.toJSON()) as {
    Statement: { Resource: unknown }[];
  };
  const named = Statement.flatMap(({ Resource }) => [Resource].flat().map(asWritten));
  for (const resource of new Set(named.filter((name) => name.endsWith('*')))) {
    acknowledge(policy, reason, `AwsSolutions-IAM5[Resource::${resource}]`);
  }
}

/** As cdk-nag writes a resource: `<StorageLake.Arn>/alerts/*`. */
function asWritten(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Intrinsic;
  if (join) return join[1].map(asWritten).join(join[0]);
  return `<${Ref ?? attribute?.join('.')}>`;
}

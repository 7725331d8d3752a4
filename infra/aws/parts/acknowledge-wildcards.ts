/** Tells cdk-nag that folders, versions and children of one named resource are meant where a policy ends with `*`. */
import type { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Stack, Validations } from 'aws-cdk-lib/core';

interface Intrinsic {
  Ref?: string;
  'Fn::GetAtt'?: [string, string];
  'Fn::Join'?: [string, unknown[]];
}

export function acknowledgeWildcards(policy: ManagedPolicy, reason: string): void {
  const { Statement } = Stack.of(policy).resolve(policy.document.toJSON()) as {
    Statement: { Resource: unknown }[];
  };
  const named = Statement.flatMap(({ Resource }) => [Resource].flat().map(asWritten));
  for (const resource of new Set(named.filter((name) => name.endsWith('*')))) {
    Validations.of(policy).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }
}

/** As cdk-nag writes a resource: `<StorageLake.Arn>/alerts/*`. */
function asWritten(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Intrinsic;
  if (join) return join[1].map(asWritten).join(join[0]);
  return `<${Ref ?? attribute?.join('.')}>`;
}

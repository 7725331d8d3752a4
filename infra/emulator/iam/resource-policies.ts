/** Policies that the template puts on resources, by the ARN of the resource. */
import { z } from 'zod';
import { own } from '../base/own.ts';
import { arnOf, LOCAL_ACCOUNT } from '../stack/identities.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { documentSchema, type Statement } from './document.ts';
import { ofResource } from './of-resource.ts';

const list = z.array(z.string());
/** What is said of whom a policy allows; a policy of a resource that names nobody would allow everybody. */
const attachedDocument = documentSchema.refine(
  (statements) => statements.every(({ principals }) => principals !== undefined),
  'Expected a Principal in the policy of a resource',
);

type Attach = (resource: StackResource) => { to: string[]; statements: Statement[] };

const read =
  <T extends z.ZodType>(
    schema: T,
    attach: (properties: z.infer<T>, arn: string) => ReturnType<Attach>,
  ): Attach =>
  ({ properties, arn }) =>
    attach(schema.parse(properties), arn);

const ATTACHED: Record<string, Attach> = {
  'AWS::IAM::Role': read(
    z.object({ AssumeRolePolicyDocument: attachedDocument.optional() }),
    ({ AssumeRolePolicyDocument: statements = [] }, arn) => ({ to: [arn], statements }),
  ),
  'AWS::KMS::Key': read(z.object({ KeyPolicy: attachedDocument }), ({ KeyPolicy: statements }, arn) => ({
    to: [arn],
    statements,
  })),
  'AWS::S3::BucketPolicy': read(
    z.object({ Bucket: z.string(), PolicyDocument: attachedDocument }),
    ({ Bucket, PolicyDocument: statements }) => ({ to: [`arn:aws:s3:::${Bucket}`], statements }),
  ),
  'AWS::SNS::TopicPolicy': read(
    z.object({ Topics: list, PolicyDocument: attachedDocument }),
    ({ Topics: to, PolicyDocument: statements }) => ({ to, statements }),
  ),
  'AWS::SQS::QueuePolicy': read(
    z.object({ Queues: list, PolicyDocument: attachedDocument }),
    // Queues are given by their URLs.
    ({ Queues, PolicyDocument: statements }) => ({
      to: Queues.map((url) => arnOf('sqs', url.slice(url.lastIndexOf('/') + 1))),
      statements,
    }),
  ),
  'AWS::Kinesis::ResourcePolicy': read(
    z.object({ ResourceArn: z.string(), ResourcePolicy: attachedDocument }),
    ({ ResourceArn, ResourcePolicy: statements }) => ({ to: [ResourceArn], statements }),
  ),
  'AWS::Lambda::Permission': read(
    z.object({
      ...{ Action: z.string(), FunctionName: z.string(), Principal: z.string() },
      ...{ SourceArn: z.string().optional(), SourceAccount: z.string().optional() },
    }),
    permission,
  ),
};

/** A permission is a statement in the policy of the function. */
function permission(given: {
  Action: string;
  FunctionName: string;
  Principal: string;
  SourceArn?: string | undefined;
  SourceAccount?: string | undefined;
}): ReturnType<Attach> {
  const { Action, FunctionName: name, Principal: who, SourceArn, SourceAccount } = given;
  const arn = name.startsWith('arn:') ? name : arnOf('lambda', `function:${name}`);
  const Principal = who === '*' ? '*' : who.endsWith('.amazonaws.com') ? { Service: who } : { AWS: who };
  const Condition = {
    ...(SourceArn !== undefined && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
    ...(SourceAccount !== undefined && { StringEquals: { 'AWS:SourceAccount': SourceAccount } }),
  };
  const Statement = { Effect: 'Allow', Action, Principal, Resource: arn, Condition };
  return { to: [arn], statements: documentSchema.parse({ Version: '2012-10-17', Statement }) };
}

/**
 * What SNS puts on a topic that is given no policy: services of the same account may publish.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
const defaultTopicPolicy = (topicArn: string): Statement[] =>
  documentSchema.parse({
    Statement: {
      ...{ Sid: '__default_statement_ID', Effect: 'Allow', Principal: { AWS: '*' } },
      ...{ Action: 'SNS:Publish', Resource: topicArn },
      Condition: { StringEquals: { 'AWS:SourceOwner': LOCAL_ACCOUNT } },
    },
  });

/** @throws SetupError for a policy that cannot be evaluated here */
export function resourcePolicies(resources: readonly StackResource[]): ReadonlyMap<string, Statement[]> {
  const policies = new Map<string, Statement[]>();
  for (const resource of resources) {
    const attached = ofResource(resource, () => own(ATTACHED, resource.type)?.(resource));
    for (const arn of attached?.to ?? []) {
      policies.set(arn, [...(policies.get(arn) ?? []), ...(attached?.statements ?? [])]);
    }
  }
  for (const { type, arn } of resources) {
    if (type === 'AWS::SNS::Topic' && !policies.has(arn)) policies.set(arn, defaultTopicPolicy(arn));
  }
  return policies;
}

/** The resource whose policy is about this one: the bucket of an object, the function of a version. */
export function ownerOf(arn: string): string {
  if (arn.startsWith('arn:aws:s3:::')) return arn.split('/')[0] ?? arn;
  return arn.split(':')[2] === 'lambda' ? arn.split(':').slice(0, 7).join(':') : arn;
}

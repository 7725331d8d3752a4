/** Keys of the template, what they encrypt, and what a call to an encrypted resource needs of them. */
import { z } from 'zod';
import { arnOf, LOCAL_ACCOUNT, LOCAL_REGION } from '../stack/identities.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import type { Need } from '../wire/access.ts';
import { ownerOf } from './resource-policies.ts';

const WRITE = ['kms:GenerateDataKey', 'kms:Decrypt'];

/** As each service documents it for customer managed keys. AWS' own keys, such as alias/aws/sns, ask for nothing. */
const NEEDED: Record<string, readonly string[]> = {
  'kinesis:getrecords': ['kms:Decrypt'],
  'kinesis:putrecord': ['kms:GenerateDataKey'],
  'kinesis:putrecords': ['kms:GenerateDataKey'],
  's3:getobject': ['kms:Decrypt'],
  's3:putobject': ['kms:GenerateDataKey'],
  'sns:publish': WRITE,
  'sqs:receivemessage': ['kms:Decrypt'],
  'sqs:sendmessage': WRITE,
};

const text = z.string().optional();
const bucket = z.object({
  BucketEncryption: z
    .object({
      ServerSideEncryptionConfiguration: z.array(
        z.object({ ServerSideEncryptionByDefault: z.object({ KMSMasterKeyID: text }).optional() }),
      ),
    })
    .optional(),
});

/** Of each type, the key that encrypts a resource, in any of the ways to name one. */
const KEY_OF: Record<string, (properties: unknown) => string | undefined> = {
  'AWS::Kinesis::Stream': (properties) =>
    z.object({ StreamEncryption: z.object({ KeyId: text }).optional() }).parse(properties).StreamEncryption
      ?.KeyId,
  'AWS::S3::Bucket': (properties) =>
    bucket.parse(properties).BucketEncryption?.ServerSideEncryptionConfiguration[0]
      ?.ServerSideEncryptionByDefault?.KMSMasterKeyID,
  'AWS::SNS::Topic': (properties) => z.object({ KmsMasterKeyId: text }).parse(properties).KmsMasterKeyId,
  'AWS::SQS::Queue': (properties) => z.object({ KmsMasterKeyId: text }).parse(properties).KmsMasterKeyId,
};

export class Keys {
  /** ARN of a resource → ARN of the template's key that encrypts it. */
  readonly #encrypts = new Map<string, string>();

  constructor(resources: readonly StackResource[]) {
    const names = new Map<string, string>();
    for (const { type, ref, arn, properties } of resources) {
      if (type === 'AWS::KMS::Key') for (const name of [ref, arn]) names.set(name, arn);
      if (type !== 'AWS::KMS::Alias') continue;
      const { AliasName, TargetKeyId: target } = properties as Record<string, string>;
      const key = target?.startsWith('arn:') ? target : arnOf('kms', `key/${target}`);
      for (const name of [`${AliasName}`, arnOf('kms', `${AliasName}`)]) names.set(name, key);
    }
    for (const { type, arn, properties } of resources) {
      const named = Object.hasOwn(KEY_OF, type) ? KEY_OF[type]?.(properties) : undefined;
      const key = named === undefined ? undefined : names.get(named);
      if (key !== undefined) this.#encrypts.set(arn, key);
    }
  }

  /** ARNs of the resources that the template's keys encrypt. */
  encrypted(): string[] {
    return [...this.#encrypts.keys()];
  }

  /** The need, and those for the key of its resource. */
  with(need: Need): readonly Need[] {
    const key = this.#encrypts.size === 0 ? undefined : this.#encrypts.get(ownerOf(need.resource));
    const actions = key === undefined ? undefined : NEEDED[need.action.toLowerCase()];
    if (key === undefined || actions === undefined) return [need];
    const context = {
      'kms:ViaService': `${need.action.split(':')[0]}.${LOCAL_REGION}.amazonaws.com`,
      'kms:CallerAccount': LOCAL_ACCOUNT,
    };
    return [need, ...actions.map((action) => ({ action, resource: key, context }))];
  }
}

/**
 * What `Ref` and `Fn::GetAtt` give for a resource. Every name derives from the stack's and the logical id, so that it
 * is the same at each start and state found on disk belongs to it.
 */
import { createHash } from 'node:crypto';
import { own } from '../base/own.ts';

/** The account and region in which the local stack pretends to be. */
export const LOCAL_ACCOUNT = '000000000000';
export const LOCAL_REGION = 'us-east-1';

export interface Identity {
  ref: string;
  attributes: Record<string, string>;
}

/** The resource whose identity is asked for. */
export interface Subject {
  stackName: string;
  logicalId: string;
  /** As they stand in the template. */
  properties: Record<string, unknown>;
  /** Address of the port. */
  endpoint: string;
}

export const arnOf = (service: string, resource: string) =>
  `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;

/** A name that the template gives, or one as CloudFormation makes: stack, logical id. */
export function nameOf({ stackName, logicalId, properties }: Subject, property: string): string {
  const given = properties[property];
  return typeof given === 'string' ? given : `${stackName}-${logicalId}`;
}

/** A version-4-shaped UUID that is the same for the same logical id. */
export function stableUuid({ stackName, logicalId }: Subject): string {
  const hex = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Identity of a resource whose `Ref` is its name, and which has an ARN. */
export const named =
  (property: string, toArn: (name: string) => string) =>
  (subject: Subject): Identity => {
    const name = nameOf(subject, property);
    return { ref: name, attributes: { Arn: toArn(name) } };
  };

/** Types that are not run, and to which those that are run refer. */
const CARRIED_ALONG: Record<string, (subject: Subject) => Identity> = {
  'AWS::Logs::LogGroup': named('LogGroupName', (name) => arnOf('logs', `log-group:${name}:*`)),
  'AWS::IAM::Role': named('RoleName', (name) => `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}`),
  'AWS::KMS::Key': (subject) => {
    const id = stableUuid(subject);
    return { ref: id, attributes: { Arn: arnOf('kms', `key/${id}`), KeyId: id } };
  },
};

/** Identity of a resource that is not run; of an unknown type, a name and ARNs that lead nowhere. */
export function carriedIdentity(type: string, subject: Subject): Identity {
  const known = own(CARRIED_ALONG, type);
  if (known) return known(subject);
  const name = `${subject.stackName}-${subject.logicalId}`;
  const service = type.split('::')[1]?.toLowerCase() ?? 'unknown';
  return {
    ref: name,
    attributes: new Proxy(
      {},
      {
        get: (_, attribute) => (attribute === 'Arn' ? arnOf(service, name) : `${name}.${String(attribute)}`),
      },
    ),
  };
}

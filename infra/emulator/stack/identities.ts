/**
 * What `Ref` and `Fn::GetAtt` return for a resource. Every name derives from the stack's name and the logical id, so
 * that it is the same at each start and the state on disk still belongs to it.
 */
import { createHash } from 'node:crypto';
import { own } from '../base/own.ts';

/** The account and region of the local stack. */
export const LOCAL_ACCOUNT = '000000000000';
export const LOCAL_REGION = 'us-east-1';

export interface Identity {
  ref: string;
  attributes: Record<string, string>;
}

export interface Subject {
  stackName: string;
  logicalId: string;
  /** As in the template, with intrinsic functions. */
  properties: Record<string, unknown>;
  /** Address of the port. */
  endpoint: string;
}

export const arnOf = (service: string, resource: string) =>
  `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;

/** The catalog asks about itself, the database and the table. */
export const catalogArns = (database: string, table?: string): string[] => [
  arnOf('glue', 'catalog'),
  arnOf('glue', `database/${database}`),
  ...(table === undefined ? [] : [arnOf('glue', `table/${database}/${table}`)]),
];

/** The name in the template, or one of stack and logical id, similar to CloudFormation's. */
export function nameOf({ stackName, logicalId, properties }: Subject, property: string): string {
  const given = properties[property];
  return typeof given === 'string' ? given : `${stackName}-${logicalId}`;
}

/** In the form of a version 4 UUID, and always the same for a logical id. */
export function stableUuid({ stackName, logicalId }: Subject): string {
  const hex = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Identity of a resource whose `Ref` is its name, and which has nothing else. */
export const byName =
  (property: string) =>
  (subject: Subject): Identity => ({ ref: nameOf(subject, property), attributes: {} });

/** Identity of a resource whose `Ref` is an id. @param attribute that is the same id */
export const byUuid =
  (attribute?: string) =>
  (subject: Subject): Identity => {
    const id = stableUuid(subject);
    return { ref: id, attributes: attribute === undefined ? {} : { [attribute]: id } };
  };

/** Identity of a resource whose `Ref` is its name, and which has an ARN. */
export const named =
  (property: string, toArn: (name: string) => string) =>
  (subject: Subject): Identity => {
    const name = nameOf(subject, property);
    return { ref: name, attributes: { Arn: toArn(name) } };
  };

/** Types that do not run, but to which running resources refer. */
const NOT_RUNNING: Record<string, (subject: Subject) => Identity> = {
  'AWS::Logs::LogGroup': named('LogGroupName', (name) => arnOf('logs', `log-group:${name}:*`)),
};

/** Identity of a resource that does not run; for an unknown type, invented names and ARNs. */
export function placeholderIdentity(type: string, subject: Subject): Identity {
  const known = own(NOT_RUNNING, type);
  if (known) return known(subject);
  const name = `${subject.stackName}-${subject.logicalId}`;
  const service = type.split('::')[1]?.toLowerCase() ?? 'unknown';
  const attributeOf = (_: object, attribute: string | symbol) =>
    attribute === 'Arn' ? arnOf(service, name) : `${name}.${String(attribute)}`;
  return { ref: name, attributes: new Proxy({}, { get: attributeOf }) };
}

/**
 * What `Ref` and `Fn::GetAtt` give for a resource. Every name derives from the stack's and the logical id, so that it
 * is the same at each start and state found on disk belongs to it.
 */
import { createHash } from 'node:crypto';

/** The account and region in which the local stack pretends to be. */
export const LOCAL_ACCOUNT = '000000000000';
export const LOCAL_REGION = 'us-east-1';

export interface Identity {
  ref: string;
  attributes: Record<string, string>;
}

interface Subject {
  stackName: string;
  logicalId: string;
  properties: Record<string, unknown>;
}

const arn = (service: string, resource: string) =>
  `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;

/** A name that the template gives, or one as CloudFormation makes: stack, logical id. */
function nameOf({ stackName, logicalId, properties }: Subject, property: string): string {
  const given = properties[property];
  return typeof given === 'string' ? given : `${stackName}-${logicalId}`;
}

/** Lower case and at most 63 characters, as S3 wants it; Glue and Athena fold to lower case as well. */
const bucketName = (subject: Subject) =>
  nameOf(subject, 'BucketName')
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .slice(0, 63);
const glueName = (name: string) => name.toLowerCase().replaceAll('-', '_');

/** A version-4-shaped UUID that is the same for the same logical id. */
function stableUuid({ stackName, logicalId }: Subject): string {
  const hex = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function named(subject: Subject, property: string, toArn: (name: string) => string): Identity {
  const name = nameOf(subject, property);
  return { ref: name, attributes: { Arn: toArn(name) } };
}

const BY_TYPE: Record<string, (subject: Subject) => Identity> = {
  'AWS::Kinesis::Stream': (s) => named(s, 'Name', (name) => arn('kinesis', `stream/${name}`)),
  'AWS::DynamoDB::Table': (s) => named(s, 'TableName', (name) => arn('dynamodb', `table/${name}`)),
  'AWS::Lambda::Function': (s) => named(s, 'FunctionName', (name) => arn('lambda', `function:${name}`)),
  'AWS::KinesisFirehose::DeliveryStream': (s) =>
    named(s, 'DeliveryStreamName', (name) => arn('firehose', `deliverystream/${name}`)),
  'AWS::Logs::LogGroup': (s) => named(s, 'LogGroupName', (name) => arn('logs', `log-group:${name}:*`)),
  'AWS::IAM::Role': (s) => named(s, 'RoleName', (name) => `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}`),
  'AWS::S3::Bucket': (s) => {
    const name = bucketName(s);
    return {
      ref: name,
      attributes: {
        Arn: `arn:aws:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${LOCAL_REGION}.amazonaws.com`,
      },
    };
  },
  'AWS::SNS::Topic': (s) => {
    const name = nameOf(s, 'TopicName');
    return { ref: arn('sns', name), attributes: { TopicArn: arn('sns', name), TopicName: name } };
  },
  'AWS::KMS::Key': (s) => {
    const id = stableUuid(s);
    return { ref: id, attributes: { Arn: arn('kms', `key/${id}`), KeyId: id } };
  },
  'AWS::Glue::Database': (s) => {
    const input = s.properties.DatabaseInput as { Name?: unknown } | undefined;
    const name = typeof input?.Name === 'string' ? input.Name : `${s.stackName}-${s.logicalId}`;
    return { ref: glueName(name), attributes: {} };
  },
  'AWS::Glue::Table': (s) => {
    const input = s.properties.TableInput as { Name?: unknown } | undefined;
    const name = typeof input?.Name === 'string' ? input.Name : `${s.stackName}-${s.logicalId}`;
    return { ref: glueName(name), attributes: {} };
  },
  'AWS::Athena::WorkGroup': (s) => ({ ref: nameOf(s, 'Name'), attributes: {} }),
  'AWS::Athena::NamedQuery': (s) => ({ ref: stableUuid(s), attributes: { NamedQueryId: stableUuid(s) } }),
  'AWS::Lambda::EventSourceMapping': (s) => ({ ref: stableUuid(s), attributes: { Id: stableUuid(s) } }),
};

/** Identity of a resource; of a type that is not emulated, a name and ARNs that lead nowhere. */
export function identityOf(type: string, subject: Subject): Identity {
  const known = BY_TYPE[type];
  if (known) return known(subject);
  const name = `${subject.stackName}-${subject.logicalId}`;
  const service = type.split('::')[1]?.toLowerCase() ?? 'unknown';
  return {
    ref: name,
    attributes: new Proxy(
      {},
      { get: (_, attribute) => (attribute === 'Arn' ? arn(service, name) : `${name}.${String(attribute)}`) },
    ),
  };
}

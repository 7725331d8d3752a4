/** One stack among others: it fits any region and any account, even twice in the same account. */
import { describe, expect, it } from 'vitest';
import { stackNameOf } from '../../../services/contract/stack.ts';
import { type Resource, synthesize } from './support/synth.ts';

/** Properties that name a resource for the whole account or region. */
const NAME_PROPERTIES: Record<string, string> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::KinesisFirehose::DeliveryStream': 'DeliveryStreamName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::KMS::Alias': 'AliasName',
};

const plain = synthesize();

const EVERYTHING = {
  ...{ edge: 'on', edgeMqtt: 'on', edgeHttp: 'on', channels: 'on', extraFields: 'on' },
  ...{ dashboard: 'on', tracing: 'on' },
};

/** Names inside something of the stack's own: its roles have inline policies, its API a stage. */
const WITHIN_ITS_OWNER = ['.PolicyName', '.StageName', '.MetricName'];

/** Texts that name a resource for the whole account or region. A Ref to the stack's name or to a resource is not one. */
function namesIn({ Type, Properties = {} }: Resource): { path: string; name: string }[] {
  // Saved queries belong to a work group.
  if (Type === 'AWS::Athena::NamedQuery') return [];
  const own = Object.entries(Properties).filter(([key]) => /Name$|^RoleAlias$/.test(key));
  const inner = [
    ['Database', Properties.DatabaseInput?.Name],
    ['Metrics', Properties.Environment?.Variables?.POWERTOOLS_METRICS_NAMESPACE],
  ];
  return [...own, ...inner].flatMap(([path, name]) => (typeof name === 'string' ? [{ path, name }] : []));
}

describe('the stack', () => {
  it('gives no name where CloudFormation can generate one', () => {
    const { resources } = plain;
    for (const [id, { Type, Properties }] of Object.entries(resources)) {
      // The functions tell its name, and it shows the functions: CloudFormation could make neither first.
      if (Type === 'AWS::CloudWatch::Dashboard') continue;
      const property = NAME_PROPERTIES[Type];
      if (property) expect(Properties, id).not.toHaveProperty(property);
    }
  });

  it('mentions no region, account or partition unless it is given one', () => {
    const text = JSON.stringify(plain.resources);
    expect(text.match(/\b(us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b/)).toBeNull();
    expect(text.match(/\b\d{12}\b/)).toBeNull();
    expect(text.includes('arn:aws:')).toBe(false);
  });

  it.each(['us-east-1', 'eu-central-1', 'ap-southeast-2'])('fits %s with the same resources', (region) => {
    const here = synthesize({}, { env: { account: '123456789012', region } });
    expect(Object.keys(here.resources)).toEqual(Object.keys(plain.resources));
    const elsewhere = ['us-east-1', 'eu-central-1', 'ap-southeast-2'].filter((other) => other !== region);
    const text = JSON.stringify(here.resources);
    expect(elsewhere.filter((other) => text.includes(other))).toEqual([]);
  });

  it('keeps every bucket with its policy, and the policy of sites, when it is deleted, and nothing that would block the next deployment', () => {
    const { resources } = plain;
    const kept = Object.values(resources).filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain');
    const three = (type: string) => [type, type, type];
    const buckets = [...three('AWS::S3::Bucket'), ...three('AWS::S3::BucketPolicy')];
    expect(kept.map(({ Type }) => Type).sort()).toEqual(['AWS::IoT::Policy', ...buckets]);
    // The next deployment makes one of another name.
    expect(plain.only('AWS::IoT::Policy').Properties).not.toHaveProperty('PolicyName');
    for (const { DeletionPolicy, UpdateReplacePolicy } of Object.values(resources)) {
      expect(UpdateReplacePolicy).toBe(DeletionPolicy);
    }
  });

  it('is far from the limits of a template', () => {
    const { bytes, resources } = plain;
    expect(Object.keys(resources).length).toBeLessThan(250);
    // CloudFormation accepts a megabyte.
    expect(bytes).toBeLessThan(500_000);
  });
});

describe('two environments in one account', () => {
  /** As long as a name may be: longest names show whether they fit. */
  const [one, other] = ['a-name-of-twenty-let', 'another-of-twenty-le'].map((env) => {
    const { resources, outputs } = synthesize(
      { ...EVERYTHING, alertEmail: 'a@example.com', operationsEmail: 'o@example.com' },
      { name: stackNameOf(env) },
    );
    const named = Object.entries(resources).flatMap(([id, resource]) =>
      namesIn(resource).map((found) => [`${id}.${found.path}`, found.name] as const),
    );
    return { names: new Map(named), outputs };
  });

  it('share no name that is written into the template', () => {
    expect(one?.names.size).toBeGreaterThan(20);
    const shared = [...(one?.names ?? [])].filter(
      ([path, name]) =>
        other?.names.get(path) === name && !WITHIN_ITS_OWNER.some((own) => path.endsWith(own)),
    );
    expect(shared).toEqual([]);
  });

  it('have names that Athena, Glue and AWS IoT take', () => {
    for (const [path, name] of one?.names ?? []) {
      expect(name.length, `${path}: ${name}`).toBeLessThanOrEqual(
        /Database|Dashboard/.test(path) ? 255 : 128,
      );
      if (path.endsWith('.Database')) expect(name).toMatch(/^[a-z0-9_]+$/);
    }
  });

  it('export nothing that a stack may have only once', () => {
    expect(Object.values(one?.outputs ?? {}).filter((output) => 'Export' in output)).toEqual([]);
  });
});

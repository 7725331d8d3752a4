import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stackNameOf } from '../../../services/contract/stack.ts';
import { granted, permissions, permissionsTable, reasonOf } from './support/permissions-table.ts';
import { synthesize } from './support/synth.ts';

const { resources, all, only } = synthesize({
  alertEmail: 'a@example.com',
  operationsEmail: 'o@example.com',
});
const isForPeople = (id: string) => id.startsWith('People');
const ofServices = Object.fromEntries(Object.entries(resources).filter(([id]) => !isForPeople(id)));
const given = granted(ofServices);
const forPeople = granted(resources).filter(({ who }) => isForPeople(who));
const peopleTable = (prefix: string) =>
  permissionsTable(Object.fromEntries(Object.entries(resources).filter(([id]) => id.startsWith(prefix))));
/** Resources of one part of the stack that a setting brings. */
const partOf = (prefix: string, setting: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(synthesize(setting).resources).filter(([id]) => id.startsWith(prefix)));
/** `new PutItemCommand(` of a file that imports client-dynamodb → `dynamodb:PutItem`. */
function actionsIn(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const [, service = ''] = /@aws-sdk\/client-(\w+)/.exec(text) ?? [];
  const calls = [...text.matchAll(/new (\w+)Command\(|paginate(\w+)\(/g)].map(([, one, many]) => one ?? many);
  const owner: Record<string, string> = { ReceiveMessage: 'sqs', DeleteMessage: 'sqs' };
  const named: Record<string, string[]> = {
    's3:ListObjectsV2': ['s3:ListBucket'],
    's3:CopyObject': ['s3:GetObject', 's3:PutObject'],
    'lambda:Invoke': ['lambda:InvokeFunction'],
    'dynamodb:BatchExecuteStatement': ['dynamodb:PartiQLInsert'],
  };
  return calls.flatMap((call = '') => {
    const action = `${owner[call] ?? service}:${call}`;
    return named[action] ?? [action];
  });
}

const actionsOf = (who: string) =>
  given.filter((permission) => permission.who === who).flatMap(({ actions }) => actions);

describe('permissions', () => {
  it('are in docs/permissions.md as they are in the template (npx vitest run test/infra/aws/permissions -u)', async () => {
    const page = [
      '# Permissions',
      '',
      'Everything that the stack allows, generated from its template by `test/infra/aws/permissions.test.ts`, which fails',
      'when this page is out of date. After a change: `npx vitest run test/infra/aws/permissions -u`.',
      '',
      permissionsTable(ofServices),
      '',
      'In addition, every bucket and topic denies requests without TLS, the access log bucket allows S3 log delivery for',
      'the buckets of this stack, and the key allows its own account.',
      '',
      '## For people',
      '',
      'Managed policies of the stack, to attach to the roles of people and of programs. They name only what belongs to this stack,',
      'so who has no more than them says which stack it is: `--env`, `--stack` or `STREAMWATCH_STACK`.',
      '',
      '| Policy | Output | For |',
      '| --- | --- | --- |',
      '| PeopleAnalyst | `AnalystPolicyArn` | who asks the history: `npm run query`, Grafana and other drivers of Athena |',
      '| PeopleOnCall | `OnCallPolicyArn` | who is on call: incidents, mails, channels, failed batches, logs; in addition to the first |',
      '| IngestProducers | `ProducerPolicyArn` | what sends readings |',
      '',
      peopleTable('PeopleAnalyst'),
      '',
      'A person on call has that policy and this one, which together are too long for one:',
      '',
      peopleTable('PeopleOnCall'),
      '',
      'With `edgeMqtt=on` also: take messages from `edge/*` of the failure bucket, and put them into the stream (`kinesis:PutRecord`).',
      'Keys of AWS (`aws/dynamodb`, `aws/ssm`) need no permission of their own. AWS names no resource for the three actions on',
      'subscriptions; where IAM does not take the topic for it, an address is ended by the link in its mails. The consoles of AWS list',
      'what all the account has, which is not in here: add `ReadOnlyAccess` or less where people use them.',
      '',
      '## With a setting',
      '',
      '`-c edgeMqtt=on` adds:',
      '',
      permissionsTable(partOf('EdgeMqtt', { edgeMqtt: 'on' })),
      '',
      'and lets the certificate of a site connect under its own name and publish to the rule under it, and nothing else.',
      '',
      '`-c edgeHttp=on` adds:',
      '',
      permissionsTable(partOf('EdgeHttp', { edgeHttp: 'on' })),
      '',
      'API Gateway may invoke the authorizer (a permission of the function), and the whole account gets the role by which',
      'API Gateway writes logs, with the managed policy `AmazonAPIGatewayPushToCloudWatchLogs`: it takes no smaller one.',
      '',
      '`-c budgetUsd=…` lets the budgets of this account, and nobody else, publish to the operations topic and use its key.',
      '',
    ].join('\n');
    await expect(page).toMatchFileSnapshot('../../../docs/permissions.md');
  });

  it('each have a reason', () => {
    const all = [
      ...given,
      ...forPeople,
      ...granted(synthesize({ edgeHttp: 'on', edgeMqtt: 'on' }).resources),
    ];
    expect(all.filter((permission) => !reasonOf(permission)).map(({ who }) => who)).toEqual([]);
  });

  it('name no action by a wildcard, except the data keys of the operations topic', () => {
    const wild = given.flatMap(({ who, actions }) =>
      actions.filter((action) => action.includes('*')).map((action) => [who, action]),
    );
    expect(wild).toEqual([['cloudwatch.amazonaws.com (by OperationsKey)', 'kms:GenerateDataKey*']]);
  });

  it('name every resource, except where there is none to name', () => {
    const everything = given.filter((permission) => permission.resources.includes('*'));
    expect(everything.map(({ statement }) => statement.Sid)).toEqual(['AlarmsEncrypt']);
  });

  it('are given to roles by their own policies, not by managed ones', () => {
    for (const [id, { Properties }] of all('AWS::IAM::Role')) {
      expect(Properties, id).not.toHaveProperty('ManagedPolicyArns');
      expect(Properties, id).not.toHaveProperty('Policies');
    }
  });

  it('belong to roles that one AWS service can assume, and nobody else', () => {
    for (const [id, { Properties }] of all('AWS::IAM::Role')) {
      const statements = Properties.AssumeRolePolicyDocument.Statement;
      expect(statements, id).toHaveLength(1);
      expect(Object.keys(statements[0].Principal), id).toEqual(['Service']);
    }
    const services = all('AWS::IAM::Role').map(
      ([, { Properties }]) => Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service,
    );
    expect(services.sort()).toEqual([
      'credentials.iot.amazonaws.com',
      'firehose.amazonaws.com',
      'firehose.amazonaws.com',
      'firehose.amazonaws.com',
      'lambda.amazonaws.com',
      'lambda.amazonaws.com',
      'lambda.amazonaws.com',
      'scheduler.amazonaws.com',
      'scheduler.amazonaws.com',
      'sns.amazonaws.com',
    ]);
  });
});

describe('who may not do what', () => {
  it('the detector: only what its code calls, and what Lambda calls for it', () => {
    const source = readdirSync('services/detector')
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(`services/detector/${file}`, 'utf8'))
      .join('\n');
    const called = [...source.matchAll(/new (\w+)Command\(/g)].map(([, command = '']) => command);
    const services: Record<string, string> = { Publish: 'sns', PutObject: 's3' };
    // A batch of statements asks for what each does.
    const actions: Record<string, string> = { BatchExecuteStatement: 'PartiQLInsert' };
    const inCode = [...new Set(called)].map(
      (command) => `${services[command] ?? 'dynamodb'}:${actions[command] ?? command}`,
    );
    expect(inCode.length).toBeGreaterThan(0);
    const byLambda = [
      'kinesis:DescribeStream',
      'kinesis:DescribeStreamSummary',
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
      's3:PutObject',
      's3:ListBucket',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ];
    const distinct = (actions: string[]) => [...new Set(actions)].sort();
    expect(distinct(actionsOf('DetectionDetectorRole'))).toEqual(distinct([...inCode, ...byLambda]));
  });

  it('producers write and cannot read', () => {
    expect(actionsOf('IngestProducers')).toEqual(['kinesis:PutRecord', 'kinesis:PutRecords']);
  });

  it('only the jobs of the trusted layer delete or change data; nobody reads failed batches or touches permissions', () => {
    const others = given.filter(({ who }) => who !== 'TrustedRole');
    const actions = new Set(others.flatMap((permission) => permission.actions));
    const forbidden =
      /Delete|Remove|Update(?!Item$)|^iam:|^sts:|^kms:(?!Decrypt$|GenerateDataKey\*$)|Scan$|Subscribe$|Policy$/;
    expect([...actions].filter((action) => forbidden.test(action))).toEqual([]);
    const readers = given.filter(
      ({ actions: a, resources: r }) =>
        a.includes('s3:GetObject') && r.some((arn) => arn.includes('Failures')),
    );
    expect(readers).toEqual([]);
  });

  it('the jobs of the trusted layer change the trusted layer, and nothing else', () => {
    const changes = given.filter(
      ({ who, actions }) =>
        who === 'TrustedRole' && actions.some((action) => /Delete|Update|Create/.test(action)),
    );
    expect(changes.map(({ statement, resources: r }) => [statement.Sid, r.at(-1)])).toEqual([
      // Where an account has none yet.
      ['FindDefaultDatabase', expect.stringMatching(/:database\/default$/)],
      ['CommitTrustedTable', expect.stringMatching(/:table\/CatalogDatabase\/readings_trusted$/)],
      ['KeepTrustedFiles', 'StorageLake.Arn/trusted/readings/*'],
    ]);
    const written = given.filter(
      ({ who, actions }) => who === 'TrustedRole' && actions.includes('s3:PutObject'),
    );
    expect(written.flatMap(({ resources: r }) => r)).toEqual([
      'StorageLake.Arn/trusted/readings/*',
      'StorageLake.Arn/query-results/*',
    ]);
  });

  it('who writes to a bucket writes to one of this account', () => {
    const everything = synthesize({ edgeHttp: 'on', edgeMqtt: 'on', extraFields: 'on' });
    const writers = permissions(everything.resources).filter(({ actions }) =>
      actions.includes('s3:PutObject'),
    );
    // S3 itself, which names the bucket whose accesses it logs.
    const ofRoles = writers.filter(({ statement }) => statement.Principal === undefined);
    expect(ofRoles.length).toBeGreaterThan(8);
    const elsewhere = ofRoles.filter(
      ({ statement }) => statement.Condition?.StringEquals?.['s3:ResourceAccount'] === undefined,
    );
    expect(elsewhere.map(({ who, statement }) => `${who} ${statement.Sid}`)).toEqual([]);
  });

  it("alarms of another environment do not reach this stack's operations", () => {
    const own = all('AWS::CloudWatch::Alarm').map(([id]) => `Streamwatch-${id}-1A2B3C`);
    const sources = permissions(resources)
      .filter(({ statement }) => /^Alarms/.test(statement.Sid ?? ''))
      .map(({ statement }) => JSON.stringify(statement.Condition?.ArnLike?.['aws:SourceArn']));
    expect(sources).toHaveLength(2);
    for (const source of sources) {
      const prefix = /\{"Ref":"AWS::StackName"\},"(-\w*)\*"/.exec(source)?.[1] ?? '-';
      expect(own.filter((name) => !name.startsWith(`Streamwatch${prefix}`))).toEqual([]);
      const others = own.map((name) => name.replace('Streamwatch-', `${stackNameOf('operations')}-`));
      expect(others.filter((name) => name.startsWith(`Streamwatch${prefix}`))).toEqual([]);
    }
  });

  it.each([
    ['the jobs of the trusted layer', 'TrustedRole'],
    ['the watchdog', 'WatchdogScheduleRole'],
  ])('%s runs for schedules of this account only', (_, role) => {
    const [statement] = only('AWS::IAM::Role', role).Properties.AssumeRolePolicyDocument.Statement;
    expect(statement.Condition).toEqual({
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      ArnEquals: {
        'aws:SourceArn': { 'Fn::Join': ['', expect.arrayContaining([':schedule-group/default'])] },
      },
    });
  });

  it('each delivery writes to its own folder and to the errors', () => {
    for (const [role, folder] of [
      ['LakeReadingsRole', 'readings/*'],
      ['LakeAlertsRole', 'alerts/*'],
    ]) {
      const write = given.find(({ who, statement }) => who === role && statement.Sid === 'WriteFiles');
      expect(write?.resources.sort()).toEqual(
        [`StorageLake.Arn/${folder}`, 'StorageLake.Arn/errors/*'].sort(),
      );
    }
    expect(actionsOf('LakeAlertsRole').filter((action) => action.startsWith('kinesis:'))).toEqual([]);
  });
});

describe('what people may do', () => {
  const actionsOfPolicy = (who: string) =>
    new Set(forPeople.filter((permission) => permission.who === who).flatMap(({ actions }) => actions));

  it('names one resource of this stack each, but for metrics, and no wildcard for an action', () => {
    for (const { who, actions, resources: r, statement } of forPeople) {
      expect(actions.join(), who).not.toContain('*');
      // CloudWatch has no resource for it.
      if (actions.join() === 'cloudwatch:GetMetricData') continue;
      expect(r, `${who} ${statement.Sid}`).not.toContain('*');
      expect(r.filter((arn) => /^[^*]*\*$|^[^*]*$/.test(arn))).toEqual(r);
    }
  });

  it('an analyst changes nothing but results of queries', () => {
    const changing = /Put|Delete|Update|Create|Invoke|Publish|Subscribe|Purge|Send/;
    const analyst = forPeople.filter(({ who }) => who === 'PeopleAnalyst');
    const changes = analyst.filter(({ actions }) => actions.some((action) => changing.test(action)));
    expect(changes.map(({ statement }) => statement.Sid)).toEqual(['KeepResults']);
  });

  it('who is on call changes no permission, setting or reading', () => {
    const forbidden =
      /^(?:iam|sts|kms|kinesis|firehose|glue|cloudformation|cloudwatch):(?!Get|List|Describe)/;
    const settings = /^(?:iam|sts|kms|firehose|glue)/;
    const all = [...actionsOfPolicy('PeopleOnCall')];
    expect(all.filter((action) => forbidden.test(action) || settings.test(action))).toEqual([]);
  });

  it.each([
    ['PeopleAnalyst', ['infra/cli/athena-client.ts']],
    [
      'PeopleOnCall',
      [
        'infra/commands/subscribe/subscriptions.ts',
        ...['infra/commands/channel/store.ts', 'infra/commands/channel/try.ts'],
        ...['infra/commands/redrive/store.ts', 'infra/commands/redrive/detector.ts'],
        ...['services/detector/incident-store.ts', 'services/detector/model-store.ts'],
        ...['infra/cli/subscribers.ts', 'infra/cli/incidents/sent.ts'],
        ...['infra/local/stack-page/health.ts', 'infra/local/stack-page/deployed.ts'],
        'infra/local/stack-page/live-readings.ts',
      ],
    ],
  ])('%s allows every call of its commands', (who, sources) => {
    const needed = new Set(sources.flatMap(actionsIn));
    expect(needed.size).toBeGreaterThan(4);
    expect([...needed].filter((action) => !actionsOfPolicy(who).has(action))).toEqual([]);
  });

  it('fits into a managed policy, with every setting and the longest name of an environment', () => {
    const longest = synthesize({ edgeMqtt: 'on' }, { name: stackNameOf('a-name-of-twenty-let') });
    const filled = JSON.stringify(longest.only('AWS::IAM::ManagedPolicy', 'OnCall').Properties.PolicyDocument)
      .replaceAll(
        /\{"Fn::GetAtt":\["\w+","Arn"\]\}/g,
        'arn:aws:dynamodb:ap-southeast-2:123456789012:table/'.padEnd(96, 'x'),
      )
      .replaceAll(/\{"Ref":"AWS::\w+"\}/g, 'x'.repeat(14))
      .replaceAll(/\{"Ref":"\w+"\}/g, 'x'.repeat(70))
      .replaceAll(/\{"Fn::Join":\["",\[(.*?)\]\]\}/g, (_, parts: string) => parts.replaceAll(/[",]/g, ''));
    // The limit does not count white space.
    expect(filled.replaceAll(/\s/g, '').length).toBeLessThan(6144);
  });
});

describe('resource policies', () => {
  const resourcePolicies = permissions(resources).filter(
    ({ statement }) => statement.Principal !== undefined,
  );

  it('allow nothing to everybody', () => {
    const open = resourcePolicies.filter(
      ({ statement }) => statement.Effect === 'Allow' && JSON.stringify(statement.Principal).includes('"*"'),
    );
    expect(open).toEqual([]);
  });

  it('allow an AWS service only on behalf of this account', () => {
    const services = resourcePolicies.filter(
      ({ statement }) =>
        statement.Effect === 'Allow' && JSON.stringify(statement.Principal).includes('Service'),
    );
    expect(services.length).toBeGreaterThan(0);
    for (const { who, statement } of services) {
      expect(statement.Condition?.StringEquals?.['aws:SourceAccount'], who).toEqual({
        Ref: 'AWS::AccountId',
      });
      expect(statement.Condition?.ArnLike?.['aws:SourceArn'], who).toBeDefined();
    }
  });

  it.each(['AWS::S3::Bucket', 'AWS::SNS::Topic', 'AWS::SQS::Queue'])(
    'deny requests to an %s without TLS',
    (type) => {
      for (const [id] of all(type)) {
        const denials = resourcePolicies.filter(
          ({ statement, resources: r }) =>
            statement.Effect === 'Deny' &&
            JSON.stringify(statement.Resource).includes(`"${id}"`) &&
            r.length > 0 &&
            statement.Condition?.Bool?.['aws:SecureTransport'] === 'false',
        );
        expect(denials.length, id).toBeGreaterThan(0);
      }
    },
  );
});

describe('nothing is public, nothing is unencrypted', () => {
  it('buckets', () => {
    for (const [id, { Properties }] of all('AWS::S3::Bucket')) {
      expect(Properties.PublicAccessBlockConfiguration, id).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration, id).toHaveLength(1);
      expect(Properties, id).not.toHaveProperty('AccessControl');
      expect(Properties, id).not.toHaveProperty('WebsiteConfiguration');
      expect(Properties, id).not.toHaveProperty('CorsConfiguration');
    }
  });

  it('topics', () => {
    for (const [id, { Properties }] of all('AWS::SNS::Topic')) {
      expect(Properties.KmsMasterKeyId, id).toBeDefined();
    }
  });

  it('no function has a URL or an open permission', () => {
    expect(all('AWS::Lambda::Url')).toEqual([]);
    const invoked = all('AWS::Lambda::Permission').map(([, { Properties }]) => Properties);
    expect(invoked).toEqual([
      {
        ...{ Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com' },
        FunctionName: { 'Fn::GetAtt': [expect.stringMatching(/^NotifierFunction/), 'Arn'] },
        SourceArn: { Ref: expect.stringMatching(/^DetectionAlerts/) },
      },
    ]);
  });

  it('every log group expires', () => {
    expect(all('AWS::Logs::LogGroup').length).toBeGreaterThan(0);
    for (const [id, { Properties }] of all('AWS::Logs::LogGroup')) {
      expect(Properties.RetentionInDays, id).toBeGreaterThan(0);
    }
  });
});

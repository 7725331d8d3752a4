/** The policies of a template that is not ours are enforced for each call, in AWS' own words. */
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient, ListShardsCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { RuntimeEvent } from '../../../../infra/emulator/base/events.ts';
import { iam } from '../../../../infra/emulator/iam/service.ts';
import { emulate } from '../support/emulate.ts';

const arn = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
const ref = (Ref: string) => ({ Ref });
const trusted = (Service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } }],
});
const policy = (Roles: object[], ...Statement: object[]) => ({
  Type: 'AWS::IAM::Policy',
  Properties: { PolicyName: 'May', Roles, PolicyDocument: { Version: '2012-10-17', Statement } },
});
const allow = (Action: string | string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
const LOGS = allow(['logs:CreateLogStream', 'logs:PutLogEvents'], '*');

/** Calls what the event says, with the credentials that Lambda gives it; answers with the error's name and message. */
const CALLER = `
const { DynamoDBClient, PutItemCommand, QueryCommand } = require('@aws-sdk/client-dynamodb');
exports.handler = async ({ name, input }) => {
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const command = name === 'PutItem' ? new PutItemCommand(input) : new QueryCommand(input);
  try { await client.send(command); return 'done'; } catch (error) { return error.name + ' ' + error.$metadata.httpStatusCode + ': ' + error.message; }
};`;

const TEMPLATE = {
  Resources: {
    Orders: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'orders', ShardCount: 1 } },
    Items: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'items',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      },
    },
    Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'files' } },
    FilesPolicy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: ref('Files'),
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:PutObject',
              Resource: 'arn:aws:s3:::files/locked/*',
            },
            {
              ...{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::files/*' },
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      },
    },
    Key: {
      Type: 'AWS::KMS::Key',
      Properties: {
        KeyPolicy: {
          Statement: {
            ...{ Effect: 'Allow', Action: 'kms:*', Resource: '*' },
            Principal: { AWS: 'arn:aws:iam::000000000000:root' },
          },
        },
      },
    },
    Secret: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'secret', KmsMasterKeyId: arn('Key') } },
    Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } },
    FunctionRole: {
      Type: 'AWS::IAM::Role',
      Properties: { RoleName: 'worker', AssumeRolePolicyDocument: trusted('lambda.amazonaws.com') },
    },
    FunctionPolicy: policy([ref('FunctionRole')], allow('dynamodb:Query', arn('Items')), LOGS),
    Worker: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...{
          FunctionName: 'worker',
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Role: arn('FunctionRole'),
        },
        Timeout: 30,
        Code: { ZipFile: CALLER },
      },
    },
    StrangerRole: {
      Type: 'AWS::IAM::Role',
      Properties: { RoleName: 'stranger', AssumeRolePolicyDocument: trusted('firehose.amazonaws.com') },
    },
    StrangerPolicy: policy([ref('StrangerRole')], allow('*', '*')),
    Minutely: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ...{ Name: 'minutely', ScheduleExpression: 'rate(1 minute)', FlexibleTimeWindow: { Mode: 'OFF' } },
        Target: { Arn: arn('Worker'), RoleArn: arn('StrangerRole') },
      },
    },
    Senders: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: {
        ManagedPolicyName: 'senders',
        PolicyDocument: { Version: '2012-10-17', Statement: [allow('kinesis:PutRecords', arn('Orders'))] },
      },
    },
    ReaderRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'reader',
        AssumeRolePolicyDocument: {
          Statement: {
            ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
            Principal: { AWS: 'arn:aws:iam::000000000000:root' },
          },
        },
      },
    },
    ReaderPolicy: policy(
      [ref('ReaderRole')],
      allow('dynamodb:GetItem', arn('Items')),
      allow('sns:Publish', '*'),
    ),
  },
};

/** The template starts once: nothing in here changes it. */
async function open() {
  const events: RuntimeEvent[] = [];
  const emulator = await emulate(TEMPLATE, {}, {});
  emulator.bus.on('event', (event) => void events.push(event));
  const options = { endpoint: emulator.endpoint, region: 'us-east-1', maxAttempts: 1 };
  const local = { accessKeyId: 'any', secretAccessKey: 'any' };
  /** Calls STS as an older program does: by the Query protocol. */
  const sts = async (params: Record<string, string>, accessKey = 'any') => {
    const response = await fetch(emulator.endpoint, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/us-east-1/sts/aws4_request, Signature=0`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(params),
    });
    const text = await response.text();
    const member = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
    return {
      ...{ status: response.status, code: member('Code'), message: member('Message'), arn: member('Arn') },
      credentials: {
        ...{ accessKeyId: member('AccessKeyId'), secretAccessKey: member('SecretAccessKey') },
        sessionToken: member('SessionToken'),
      },
    };
  };
  return { emulator, events, options, local, sts };
}

const QUERY = {
  ...{ TableName: 'items', KeyConditionExpression: 'id = :id' },
  ExpressionAttributeValues: { ':id': { S: 'a' } },
};
const PUT = { TableName: 'items', Item: { id: { S: 'a' } } };

describe('the policies of a template', () => {
  it('decide what a function, a schedule and a person may do', async () => {
    const { emulator, events, options, local, sts } = await open();

    // The function has the role of the template; what is missing in it is denied, said and counted.
    const lambda = new LambdaClient({ ...options, credentials: local });
    const invoke = async (name: string, input: object) => {
      const Payload = Buffer.from(JSON.stringify({ name, input }));
      const answer = await lambda.send(new InvokeCommand({ FunctionName: 'worker', Payload }));
      return JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as string;
    };
    // It has a name of its own only once something has invoked it: a schedule, in this template.
    expect(await invoke('Query', QUERY)).toBe('done');
    expect(await invoke('PutItem', PUT)).toBe(
      'AccessDeniedException 400: User: arn:aws:sts::000000000000:assumed-role/worker/worker is not authorized to perform: dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/items because no identity-based policy allows the dynamodb:PutItem action',
    );
    await invoke('PutItem', PUT);
    const said = events.flatMap((event) =>
      event.type === 'notice' && event.level === 'error' ? event.text : [],
    );
    expect(said.filter((text) => text.includes('dynamodb:PutItem'))).toEqual([
      'IAM denies worker: dynamodb:PutItem on arn:aws:dynamodb:us-east-1:000000000000:table/items. Missing in an identity-based policy: {"Effect":"Allow","Action":"dynamodb:PutItem","Resource":"arn:aws:dynamodb:us-east-1:000000000000:table/items"}',
    ]);
    const denials = emulator.of(iam).denials();
    expect(denials.map(({ who, action, times, ofStack }) => [who, action, times, ofStack])).toEqual(
      expect.arrayContaining([
        // A role that trusts somebody else is of no use, whatever it allows: that is said at the start.
        ['scheduler.amazonaws.com', 'sts:AssumeRole', expect.any(Number), true],
        ['worker', 'dynamodb:PutItem', 2, true],
      ]),
    );

    // A person without credentials of ours is the administrator, whom only a deny of a resource stops.
    await new DynamoDBClient({ ...options, credentials: local }).send(new PutItemCommand(PUT));
    const s3 = new S3Client({ ...options, credentials: local, forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'open/a', Body: 'x' }));
    await expect(
      s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'locked/a', Body: 'x' })),
    ).rejects.toMatchObject({
      ...{ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } },
      message: expect.stringMatching(
        /s3:PutObject on resource: .*files\/locked\/a with an explicit deny in a resource-based policy$/,
      ),
    });
    expect((await sts({ Action: 'GetCallerIdentity' })).arn).toBe('arn:aws:iam::000000000000:user/local');

    // With a role it is the role, as far as the role leaves it to the account.
    const assume = (role: string, more: Record<string, string> = {}) =>
      sts({
        Action: 'AssumeRole',
        RoleArn: `arn:aws:iam::000000000000:role/${role}`,
        RoleSessionName: 'ann',
        ...more,
      });
    expect(await assume('worker')).toMatchObject({ status: 403, code: 'AccessDenied' });
    const { credentials } = await assume('reader');
    expect((await sts({ Action: 'GetCallerIdentity' }, credentials.accessKeyId)).arn).toBe(
      'arn:aws:sts::000000000000:assumed-role/reader/ann',
    );
    const asReader = { ...options, credentials };
    const key = { TableName: 'items', Key: { id: { S: 'a' } } };
    expect((await new DynamoDBClient(asReader).send(new GetItemCommand(key))).Item).toEqual({
      id: { S: 'a' },
    });
    await expect(new DynamoDBClient(asReader).send(new QueryCommand(QUERY))).rejects.toThrow(
      'dynamodb:Query',
    );
    // The topic is encrypted by a key of the template, which the role may not use.
    const publish = new PublishCommand({
      TopicArn: 'arn:aws:sns:us-east-1:000000000000:secret',
      Message: 'x',
    });
    await expect(new SNSClient(asReader).send(publish)).rejects.toMatchObject({
      name: expect.stringMatching('AuthorizationError'),
      message: expect.stringContaining('kms:GenerateDataKey'),
    });
    const QueueUrl = `${emulator.endpoint}/000000000000/jobs`;
    await expect(
      new SQSClient(asReader).send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });

    // And with a managed policy it is what the policy says.
    const federated = await sts({
      ...{ Action: 'GetFederationToken', Name: 'gateway' },
      'PolicyArns.member.1.arn': 'arn:aws:iam::000000000000:policy/senders',
    });
    const kinesis = new KinesisClient({ ...options, credentials: federated.credentials });
    const Records = [{ Data: Buffer.alloc(50_000), PartitionKey: 'StreamName' }];
    await kinesis.send(new PutRecordsCommand({ StreamName: 'orders', Records }));
    await expect(kinesis.send(new ListShardsCommand({ StreamName: 'orders' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('because no session policy allows the kinesis:ListShards action'),
    });
    // What people are denied is no failure of the stack.
    const ofPeople = emulator
      .of(iam)
      .denials()
      .filter(({ who }) => /federated|reader/.test(who));
    expect(ofPeople.map(({ ofStack }) => ofStack)).not.toContain(true);
  });

  it('that deny the reading of a stream do not hold up the end', async () => {
    const { FunctionRole, Worker, Orders } = TEMPLATE.Resources;
    const Mapping = {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        ...{ EventSourceArn: arn('Orders'), FunctionName: ref('Worker'), StartingPosition: 'TRIM_HORIZON' },
      },
    };
    const emulator = await emulate({
      Resources: { Orders, FunctionRole, May: policy([ref('FunctionRole')], LOGS), Worker, Mapping },
    });
    // Lambda needs five actions for a stream, as AWS documents it: all are said before anything comes.
    const denied = emulator
      .of(iam)
      .denials()
      .map(({ action }) => action);
    expect(denied.filter((action) => action.startsWith('kinesis:'))).toHaveLength(5);
    await emulator.close();
  });

  it('that cannot be evaluated are an error at the start', async () => {
    const strange = { ...allow('s3:GetObject', '*'), Condition: { StringEquals: { 'aws:SourceVpc': 'x' } } };
    const Resources = { Role: TEMPLATE.Resources.FunctionRole, May: policy([ref('Role')], strange) };
    await expect(emulate({ Resources })).rejects.toThrow('the condition key aws:SourceVpc is not known');
  });
});

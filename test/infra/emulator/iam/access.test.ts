/** Every operation that the emulator answers has a row in the table of what IAM is asked. */
import { expect, it } from 'vitest';
import { athenaAccess } from '../../../../infra/emulator/athena/access.ts';
import { ACCESS as CLOUDFORMATION } from '../../../../infra/emulator/cloudformation/service.ts';
import { ACCESS as CLOUDWATCH } from '../../../../infra/emulator/cloudwatch/access.ts';
import { ACCESS as DYNAMODB } from '../../../../infra/emulator/dynamodb/access.ts';
import { ACCESS as IAM } from '../../../../infra/emulator/iam/api.ts';
import { ACCESS as KINESIS } from '../../../../infra/emulator/kinesis/access.ts';
import { formatIterator, seal } from '../../../../infra/emulator/kinesis/stream/iterator.ts';
import { ACCESS as S3 } from '../../../../infra/emulator/s3/access.ts';
import { ACCESS as SCHEDULER } from '../../../../infra/emulator/scheduler/access.ts';
import { SERVICES } from '../../../../infra/emulator/services.ts';
import { ACCESS as SNS } from '../../../../infra/emulator/sns/access.ts';
import { ACCESS as SQS } from '../../../../infra/emulator/sqs/access.ts';
import { ACCESS as SSM } from '../../../../infra/emulator/ssm/access.ts';
import { ACCESS as STS } from '../../../../infra/emulator/sts/service.ts';
import { emulate } from '../support/emulate.ts';

const TABLES: Record<string, object> = {
  ...{ cloudformation: CLOUDFORMATION, dynamodb: DYNAMODB, iam: IAM, kinesis: KINESIS, s3: S3, sns: SNS },
  ...{ scheduler: SCHEDULER, sqs: SQS, ssm: SSM, sts: STS, athena: athenaAccess({ workGroupOf: () => 'x' }) },
  monitoring: CLOUDWATCH,
};
/** Their needs stand beside each operation, or no client calls them. */
const WITHOUT_TABLE = [
  ...['apigateway', 'iot', 'lambda'],
  ...['event-source-mapping', 'eventbridge', 'firehose', 'glue', 'mailbox'],
];
/** How a call looks that no service has, by the protocol. */
const unknown = (operation: string): Record<string, RequestInit & { path?: string }> => ({
  query: { body: new URLSearchParams({ Action: operation }) },
  json: {
    headers: { 'x-amz-target': `X.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
    body: '{}',
  },
  s3: { path: '/bucket/key?acl', method: 'GET' },
  scheduler: { path: '/schedules/x', method: 'PATCH' },
});
const QUERY = ['cloudformation', 'iam', 'sns', 'sts'];

it('no service is left out', () => {
  const names = SERVICES.map(({ name }) => name).sort();
  expect(names).toEqual([...Object.keys(TABLES), ...WITHOUT_TABLE].sort());
});

it.each([
  'Nothing',
  // Every object has a member of this name.
  'constructor',
])('asked for %s, a service says that it does what is in its table, and nothing else', async (operation) => {
  const calls = unknown(operation);
  const { endpoint } = await emulate({ Resources: {} });
  for (const [service, table] of Object.entries(TABLES)) {
    const { path = '/', ...call } = calls[service] ?? calls[QUERY.includes(service) ? 'query' : 'json'] ?? {};
    const authorization = `AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/${service}/aws4_request, Signature=0`;
    const response = await fetch(`${endpoint}${path}`, {
      ...{ method: 'POST', ...call },
      headers: { ...call.headers, authorization },
    });
    const text = await response.text();
    const [, list = ''] = /(?:It does|Scheduler does|answers|runs) ([A-Za-z0-9, ]+)/.exec(text) ?? [];
    expect(list.split(', ').sort(), `${service}: ${text}`).toEqual(Object.keys(table).sort());
  }
});

it('a call to Kinesis is about the stream that its ARN, name, iterator or token names', () => {
  const arn = 'arn:aws:kinesis:us-east-1:000000000000:stream/orders';
  const ShardIterator = formatIterator({
    ...{ stream: 'orders', streamCreatedMs: 1, shardIx: 0, index: 0, issuedMs: 1 },
  });
  const resourceOf = (operation: string, call: object) =>
    KINESIS[operation]?.(call as never).map(({ resource }) => resource);
  expect(resourceOf('PutRecord', { StreamName: 'orders' })).toEqual([arn]);
  expect(resourceOf('PutRecords', { StreamARN: arn })).toEqual([arn]);
  expect(resourceOf('GetRecords', { ShardIterator })).toEqual([arn]);
  expect(resourceOf('ListShards', { NextToken: seal({ stream: 'orders' }) })).toEqual([arn]);
  expect(resourceOf('TagResource', { ResourceARN: arn })).toEqual([arn]);
  expect(resourceOf('SubscribeToShard', { ConsumerARN: `${arn}/consumer/a:1` })).toEqual([
    `${arn}/consumer/a:1`,
  ]);
  expect(resourceOf('DescribeStreamConsumer', { StreamARN: arn, ConsumerName: 'a' })).toEqual([
    `${arn}/consumer/a:*`,
  ]);
});

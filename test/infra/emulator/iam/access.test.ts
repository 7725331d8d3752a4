/** Every operation that the emulator answers has a row in the table of what IAM is asked. */
import { expect, it } from 'vitest';
import { athenaAccess } from '../../../../infra/emulator/athena/access.ts';
import { ACCESS as CLOUDFORMATION } from '../../../../infra/emulator/cloudformation/service.ts';
import { ACCESS as DYNAMODB } from '../../../../infra/emulator/dynamodb/access.ts';
import { ACCESS as IAM } from '../../../../infra/emulator/iam/api.ts';
import { ACCESS as KINESIS } from '../../../../infra/emulator/kinesis/access.ts';
import { textsOf } from '../../../../infra/emulator/kinesis/texts.ts';
import { ACCESS as S3 } from '../../../../infra/emulator/s3/access.ts';
import { ACCESS as SCHEDULER } from '../../../../infra/emulator/scheduler/access.ts';
import { ACCESS as SNS } from '../../../../infra/emulator/sns/access.ts';
import { ACCESS as SQS } from '../../../../infra/emulator/sqs/access.ts';
import { ACCESS as SSM } from '../../../../infra/emulator/ssm/access.ts';
import { ACCESS as STS } from '../../../../infra/emulator/sts/service.ts';
import { emulate } from '../support/emulate.ts';

// The APIs of AWS IoT, of API Gateway and of Lambda have their needs beside each operation.
const TABLES: Record<string, object> = {
  ...{ cloudformation: CLOUDFORMATION, dynamodb: DYNAMODB, iam: IAM, kinesis: KINESIS, s3: S3, sns: SNS },
  ...{ scheduler: SCHEDULER, sqs: SQS, ssm: SSM, sts: STS, athena: athenaAccess({ workGroupOf: () => 'x' }) },
};
/** How a call looks that no service has, by the protocol. */
const UNKNOWN: Record<string, RequestInit & { path?: string }> = {
  query: { body: new URLSearchParams({ Action: 'Nothing' }) },
  json: {
    headers: { 'x-amz-target': 'X.Nothing', 'content-type': 'application/x-amz-json-1.0' },
    body: '{}',
  },
  s3: { path: '/bucket/key?acl', method: 'GET' },
  scheduler: { path: '/schedules/x', method: 'PATCH' },
};
const QUERY = ['cloudformation', 'iam', 'sns', 'sts'];

it('what a service says that it does is in its table, and nothing else', async () => {
  const { endpoint } = await emulate({ Resources: {} });
  for (const [service, table] of Object.entries(TABLES)) {
    const { path = '/', ...call } =
      UNKNOWN[service] ?? UNKNOWN[QUERY.includes(service) ? 'query' : 'json'] ?? {};
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

it('the stream of a call is found without its records', () => {
  const cbor = (...hex: string[]) => ({
    headers: { 'content-type': 'application/x-amz-cbor-1.1' },
    body: Buffer.from(hex.join(''), 'hex'),
  });
  const text = (value: string) => (0x60 + value.length).toString(16) + Buffer.from(value).toString('hex');
  const record = ['a2', text('Data'), '44', 'deadbeef', text('PartitionKey'), text('StreamName')].join('');
  const records = [text('Records'), '82', record, record].join('');
  expect(textsOf(cbor('a2', records, text('StreamName'), text('orders')))).toEqual({ StreamName: 'orders' });
  // Of unknown length, with a date (a tag), a big number, null, and bytes in pieces.
  const odd = [
    text('At'),
    'c11a514b67b0',
    text('Big'),
    '1b0000000000000001',
    text('No'),
    'f6',
    text('B'),
    '5f41ff42ffffff',
  ];
  expect(textsOf(cbor('bf', ...odd, text('StreamARN'), text('arn:x'), 'ff'))).toEqual({ StreamARN: 'arn:x' });
  expect(textsOf(cbor('a2', text('StreamName')))).toEqual({});
  expect(textsOf({ headers: {}, body: Buffer.from('{"StreamName":"a","Limit":3}') })).toEqual({
    StreamName: 'a',
  });
  expect(textsOf({ headers: {}, body: Buffer.from('{"StreamName"') })).toEqual({});
});

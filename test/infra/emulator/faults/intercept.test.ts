import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../../infra/emulator/base/clock.ts';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { type OpenedStore, openDynamoDb } from '../../../../infra/emulator/dynamodb/service.ts';
import { createFaults } from '../../../../infra/emulator/faults/faults.ts';
import { diskGuard, faultInterceptor } from '../../../../infra/emulator/faults/intercept.ts';
import { type OpenedKinesis, openKinesis } from '../../../../infra/emulator/kinesis/kinesis.ts';
import { faultSchema, parseFault } from '../../../../infra/emulator/registry.ts';
import { SERVICES } from '../../../../infra/emulator/services.ts';
import type { AwsRequest } from '../../../../infra/emulator/wire/aws-request.ts';
import { type Gateway, startGateway } from '../../../../infra/emulator/wire/gateway.ts';
import { queryService } from '../../../../infra/emulator/wire/protocols.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const draws: number[] = [];
const faults = createFaults({ random: () => draws.shift() ?? 0 });
const ends: string[] = [];
let published = 0;
let streams: OpenedKinesis;
let tables: OpenedStore;
let folder: string;
let gateway: Gateway;
let kinesis: KinesisClient;
let dynamoDb: DynamoDBClient;
let sns: SNSClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'intercept-'));
  streams = await openKinesis({ folder, clock: systemClock, bus: new EventBus(), isLimited: false });
  tables = openDynamoDb(join(folder, 'dynamodb'));
  gateway = await startGateway({
    port: 0,
    services: {
      kinesis: streams.api,
      dynamodb: tables,
      sns: queryService(
        {
          ...{ title: 'SNS', namespace: 'urn:sns' },
          operations: {
            Publish() {
              published += 1;
              return {};
            },
          },
        },
        {},
      ),
    },
    web: (_, response) => response.end(),
    intercept: faultInterceptor(faults, SERVICES, async (how) => {
      ends.push(how);
    }),
  });
  const options = {
    endpoint: gateway.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  kinesis = new KinesisClient(options);
  dynamoDb = new DynamoDBClient(options);
  sns = new SNSClient(options);
  await kinesis.send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }));
  await vi.waitFor(() => put('first'));
});

afterEach(() => {
  faults.clear();
  published = 0;
  ends.length = 0;
});

afterAll(async () => {
  for (const client of [kinesis, dynamoDb, sns]) client.destroy();
  await gateway.close();
  await Promise.all([streams.close(), tables.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const put = (...texts: string[]) =>
  kinesis.send(
    new PutRecordsCommand({
      StreamName: 's',
      Records: texts.map((text) => ({ PartitionKey: 'k', Data: Buffer.from(text) })),
    }),
  );
const publish = () => sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:us-east-1:1:t', Message: 'm' }));

async function stored(): Promise<string[]> {
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      ...{ StreamName: 's', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' },
    }),
  );
  const { Records } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  return (Records ?? []).map(({ Data }) => Buffer.from(Data ?? []).toString());
}

describe('a call under a fault', () => {
  it.each([
    ['kinesis.GetShardIterator:throttle', () => stored(), 'ProvisionedThroughputExceededException', 400],
    ['dynamodb.*:throttle', () => dynamoDb.send(new ListTablesCommand({})), 'ThrottlingException', 400],
    ['dynamodb.*:internal-error', () => dynamoDb.send(new ListTablesCommand({})), 'InternalServerError', 500],
    ['sns.Publish:throttle', publish, 'Throttling', 400],
    ['sns.Publish:unavailable', publish, 'ServiceUnavailable', 503],
    ['kinesis.GetRecords:expired-iterator', () => stored(), 'ExpiredIteratorException', 400],
  ])('%s is refused in the service’s own words', async (flag, call, name, httpStatusCode) => {
    faults.add(parseFault(flag));
    await expect(call()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(published).toBe(0);
  });

  it('keeps the entries of PutRecords that are not throttled, and says which are', async () => {
    faults.add(parseFault('kinesis.PutRecords:throttle:0.5'));
    draws.push(0.9, 0.1, 0.9);
    const { FailedRecordCount, Records } = await put('a', 'b', 'c');
    expect(FailedRecordCount).toBe(1);
    expect(Records?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'ProvisionedThroughputExceededException',
      undefined,
    ]);
    expect(Records?.[2]?.SequenceNumber).toMatch(/^\d+$/);
    expect(Records?.[1]).not.toHaveProperty('SequenceNumber', expect.anything());
    faults.clear();
    expect((await stored()).slice(-2)).toEqual(['a', 'c']);
  });

  it('has taken effect when only its answer is lost, over HTTP/1.1 and HTTP/2', async () => {
    faults.add(parseFault('sns.Publish:after-reset'));
    await expect(publish()).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(published).toBe(1);
    faults.add(parseFault('kinesis.PutRecords:after-unavailable'));
    await expect(put('lost answer')).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    faults.clear();
    faults.add(parseFault('kinesis.PutRecords:after-reset'));
    await expect(put('cut')).rejects.toThrow();
    expect((await stored()).slice(-2)).toEqual(['lost answer', 'cut']);
  });

  it('is never answered when it hangs: the client has to give up', async () => {
    faults.add(parseFault('sns.Publish:after-hang'));
    const abort = AbortSignal.timeout(100);
    const command = new PublishCommand({ TopicArn: 'arn:aws:sns:us-east-1:1:t', Message: 'm' });
    await expect(sns.send(command, { abortSignal: abort })).rejects.toMatchObject({ name: 'AbortError' });
    expect(published).toBe(1);
  });

  it('ends functions at calls that a function makes, and at no others', async () => {
    faults.add(parseFault('dynamodb.ListTables:out-of-memory'));
    await dynamoDb.send(new ListTablesCommand({}));
    expect(ends).toEqual([]);
    const authorization =
      'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, Signature=0';
    const headers = {
      authorization,
      'user-agent': 'aws-sdk-js exec-env/AWS_Lambda_nodejs22.x',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
    };
    await expect(fetch(gateway.endpoint, { method: 'POST', headers, body: '{}' })).rejects.toThrow();
    expect(ends).toEqual(['out-of-memory']);
  });
});

it('a slow call is answered after its delay', async () => {
  const clock = new VirtualClock();
  const slowed = createFaults({ clock });
  slowed.add(faultSchema.parse({ on: 'sns.Publish', kind: 'slow', delay: '90s' }));
  const answeredMs: number[] = [];
  const request = { service: 'sns', operation: 'Publish', headers: {} } as AwsRequest;
  const intercept = faultInterceptor(slowed, SERVICES, async () => {}, clock);
  const answered = intercept(request, {} as ServerResponse, async () => {
    answeredMs.push(clock.elapsed());
  });
  await clock.advance(120_000);
  await answered;
  expect(answeredMs).toEqual([90_000]);
});

it('a full disk fails writes until the fault is cleared', () => {
  const beforeWrite = diskGuard(faults);
  expect(beforeWrite).not.toThrow();
  faults.add(parseFault('s3.PutObject:disk-full'));
  expect(beforeWrite).toThrow('ENOSPC');
  faults.clear();
  expect(beforeWrite).not.toThrow();
});

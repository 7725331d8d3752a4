import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  GetRecordsCommand,
  KinesisClient,
  ListStreamsCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../../infra/emulator/base/clock.ts';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { type OpenedStore, openDynamoDb } from '../../../../infra/emulator/dynamodb/service.ts';
import { type OpenedKinesis, openKinesis } from '../../../../infra/emulator/kinesis/kinesis.ts';
import { AwsError } from '../../../../infra/emulator/wire/aws-error.ts';
import { type Gateway, startGateway } from '../../../../infra/emulator/wire/gateway.ts';

let kinesis: OpenedKinesis;
let folder: string;
let dynamoDb: OpenedStore;
let gateway: Gateway;
const calls: string[] = [];
const authorization =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/kinesis/aws4_request, Signature=0';
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  kinesis = await openKinesis({ folder, clock: systemClock, bus: new EventBus(), isLimited: true });
  dynamoDb = openDynamoDb(join(folder, 'dynamodb'));
  gateway = await startGateway({
    port: 0,
    services: { kinesis: kinesis.api, dynamodb: dynamoDb },
    web: (_, response) => response.end('the console'),
    intercept: (call, response, next) => {
      calls.push(`${call.service}.${call.operation}`);
      return next(call, response);
    },
  });
});

afterAll(async () => {
  await gateway.close();
  await Promise.all([kinesis.close(), dynamoDb.close()]);
  rmSync(folder, { recursive: true, force: true });
});

describe('the gateway', () => {
  it('speaks HTTP/2 with the default Kinesis client and HTTP/1.1 with the others, on one port', async () => {
    const options = { region: 'us-east-1', endpoint: gateway.endpoint, credentials };
    const streams = new KinesisClient(options);
    const tables = new DynamoDBClient(options);
    await streams.send(new CreateStreamCommand({ StreamName: 'readings', ShardCount: 1 }));
    expect((await streams.send(new ListStreamsCommand({}))).StreamNames).toEqual(['readings']);
    expect((await tables.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    expect(calls).toEqual(['kinesis.CreateStream', 'kinesis.ListStreams', 'dynamodb.ListTables']);
    streams.destroy();
    tables.destroy();
  });

  it('numbers each call, as AWS does: clients name it in their errors', async () => {
    const options = { region: 'us-east-1', endpoint: gateway.endpoint, credentials };
    const streams = new KinesisClient(options);
    const { $metadata } = await streams.send(new ListStreamsCommand({}));
    const refused = await streams.send(new GetRecordsCommand({ ShardIterator: 'x' })).catch((error) => error);
    expect($metadata.requestId).toMatch(/^[\da-f-]{36}$/);
    expect(refused.$metadata.requestId).toMatch(/^[\da-f-]{36}$/);
    expect(refused.$metadata.requestId).not.toBe($metadata.requestId);
    streams.destroy();
  });

  it('names a service that it does not run', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request, Signature=0';
    const response = await fetch(gateway.endpoint, { method: 'POST', headers: { authorization } });
    expect(response.status).toBe(501);
    expect(await response.json()).toMatchObject({
      message: expect.stringContaining('"sqs" is not emulated'),
    });
  });

  it('hands requests without a signature to the console', async () => {
    expect(await (await fetch(gateway.endpoint)).text()).toBe('the console');
  });

  it.each([{ host: 'evil.example' }, { origin: 'https://evil.example' }])(
    'does not answer a signed request from a foreign page: %o',
    async (headers) => {
      const status = await new Promise((resolve) => {
        const options = {
          port: gateway.port,
          host: '127.0.0.1',
          method: 'POST',
          headers: { authorization, ...headers },
        };
        request(options, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).end('{}');
      });
      expect(status).toBe(403);
    },
  );

  it('survives a client that disconnects in the middle of its body', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/kinesis/aws4_request, Signature=0';
    const half = request({
      port: gateway.port,
      method: 'POST',
      host: '127.0.0.1',
      headers: { authorization, 'content-length': '100' },
    });
    half.on('error', () => {});
    half.write('{"half":', () => half.destroy());
    await vi.waitFor(() => expect(half.destroyed).toBe(true));
    expect(await (await fetch(gateway.endpoint)).text()).toBe('the console');
  });

  it('says which port is taken', async () => {
    const again = startGateway({ port: gateway.port, services: {}, web: () => {} });
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('AwsError', () => {
  it('carries code and status', () => {
    expect(new AwsError('Throttled', 'slow down', 503)).toMatchObject({
      code: 'Throttled',
      status: 503,
      name: 'Throttled',
    });
  });
});

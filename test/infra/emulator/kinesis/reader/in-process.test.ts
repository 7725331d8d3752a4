import { ExpiredIteratorException, GetRecordsCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { expect, it } from 'vitest';
import type { OwnResponse } from '../../../../../infra/emulator/kinesis/api/own-response.ts';
import { readInProcess } from '../../../../../infra/emulator/kinesis/reader/in-process.ts';
import { clientOptions } from '../../../../../infra/emulator/stack/client-options.ts';
import { AwsError } from '../../../../../infra/emulator/wire/aws-error.ts';
import type { AwsService } from '../../../../../infra/emulator/wire/gateway.ts';

/** Nothing listens there: a call over the network would fail. */
const ENDPOINT = 'http://127.0.0.1:9';
const COMMAND = new GetRecordsCommand({ ShardIterator: 'here', Limit: 5 });

function clientWith(pass: AwsService): KinesisClient {
  const client = new KinesisClient({ ...clientOptions(ENDPOINT, 'AKIAREADER'), maxAttempts: 2 });
  readInProcess(client, pass);
  return client;
}

it('a call is signed and named as if it were sent, and the records come as they are', async () => {
  const Data = Buffer.from('one');
  const client = clientWith(async ({ service, operation, headers, body }, response) => {
    expect({ service, operation }).toEqual({ service: 'kinesis', operation: 'GetRecords' });
    expect(headers.authorization).toContain('Credential=AKIAREADER/');
    expect(JSON.parse(body.toString())).toEqual({ ShardIterator: 'here', Limit: 5 });
    (response as OwnResponse).give({ Records: [{ Data }], NextShardIterator: 'next' });
  });
  const page = await client.send(COMMAND);
  expect(page.NextShardIterator).toBe('next');
  expect(page.Records?.[0]?.Data).toBe(Data);
});

it('a refusal is the error of the SDK', async () => {
  const client = clientWith(async () => {
    throw new AwsError('ExpiredIteratorException', 'too old');
  });
  await expect(client.send(COMMAND)).rejects.toThrow(ExpiredIteratorException);
});

it('what the SDK tries again over the network, it tries again here: throttling, and a connection that is cut', async () => {
  const refusals = [
    () => {
      throw new AwsError('ProvisionedThroughputExceededException', 'Rate exceeded');
    },
    () => undefined,
  ];
  for (const refuse of refusals) {
    let calls = 0;
    const client = clientWith(async (_, response) => {
      calls += 1;
      if (calls === 1) return refuse();
      (response as OwnResponse).give({ Records: [] });
    });
    expect((await client.send(COMMAND)).Records).toEqual([]);
    expect(calls).toBe(2);
  }
});

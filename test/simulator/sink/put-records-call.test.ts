import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { putRecordsBody, putRecordsCommand } from '../../../simulator/sink/put-records-call.ts';
import { anyText } from '../../support/any-text.ts';

interface Sent {
  headers: Record<string, string>;
  body: Uint8Array;
}

let sent: Sent | undefined;
const client = new KinesisClient({
  ...{ region: 'us-east-1', endpoint: 'http://127.0.0.1:1', maxAttempts: 1 },
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  systemClockOffset: 0,
  requestHandler: {
    handle: (request: Sent) => {
      sent = request;
      return Promise.reject(new Error('not sent'));
    },
  },
});
afterAll(() => client.destroy());

async function requestOf(command: PutRecordsCommand): Promise<Sent> {
  sent = undefined;
  await expect(client.send(command)).rejects.toThrow('not sent');
  return sent as unknown as Sent;
}

const entry = fc.record({
  partitionKey: fc.oneof(fc.stringMatching(/^[a-z0-9-]{1,20}$/), anyText({ minLength: 1 })),
  data: fc.uint8Array({ maxLength: 300 }),
});

it('sends the bytes and the headers that the SDK itself would, signed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 5 }), async (entries) => {
      const Records = entries.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data }));
      const theirs = await requestOf(new PutRecordsCommand({ StreamName: 'telemetry', Records }));
      const ours = await requestOf(putRecordsCommand('telemetry', entries));
      expect(Buffer.from(ours.body)).toEqual(Buffer.from(theirs.body));
      expect(Object.keys(ours.headers)).toEqual(Object.keys(theirs.headers));
      const compared = ['content-length', 'content-type', 'x-amz-target', 'x-amz-content-sha256'];
      for (const name of compared) expect(ours.headers[name]).toBe(theirs.headers[name]);
    }),
    { numRuns: 50 },
  );
});

it('encodes data that is a part of larger memory', () => {
  const data = Buffer.from('-reading-').subarray(1, 8);
  const { Records } = JSON.parse(putRecordsBody('s', [{ partitionKey: 'a', data }]).toString());
  expect(Records).toEqual([{ PartitionKey: 'a', Data: Buffer.from('reading').toString('base64') }]);
});

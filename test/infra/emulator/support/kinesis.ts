/** A real kinesalite on its own port, with a client that talks to it. */
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import kinesalite from 'kinesalite';
import { vi } from 'vitest';

export interface TestKinesis {
  client: KinesisClient;
  createStream(name: string, shards?: number): Promise<void>;
  /** Puts one record per text, all with the same partition key unless told otherwise. */
  put(stream: string, texts: string[], key?: (text: string) => string): Promise<void>;
  isActive(stream: string): Promise<boolean>;
  close(): Promise<void>;
}

export async function startKinesis(): Promise<TestKinesis> {
  const emulator = kinesalite({ createStreamMs: 0, updateStreamMs: 0, shardLimit: 100 });
  // kinesalite itself speaks HTTP/1, but the SDK's Kinesis client speaks HTTP/2.
  const server = createServer((request, response) => emulator.emit('request', request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new KinesisClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const isActive = async (name: string) => {
    const { StreamDescriptionSummary } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName: name }),
    );
    return StreamDescriptionSummary?.StreamStatus === 'ACTIVE';
  };
  return {
    client,
    isActive,
    async createStream(name, shards = 1) {
      await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
      await vi.waitUntil(() => isActive(name), { interval: 5 });
    },
    async put(stream, texts, key = () => 'site-1') {
      const Records = texts.map((text) => ({ PartitionKey: key(text), Data: Buffer.from(text) }));
      await client.send(new PutRecordsCommand({ StreamName: stream, Records }));
    },
    async close() {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The emulator's own Kinesis on a port of its own, with a client that talks to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { type Clock, systemClock } from '../../../../infra/emulator/base/clock.ts';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { openKinesis } from '../../../../infra/emulator/kinesis/kinesis.ts';
import { startGateway } from '../../../../infra/emulator/wire/gateway.ts';

export interface TestKinesis {
  client: KinesisClient;
  endpoint: string;
  createStream(name: string, shards?: number): Promise<void>;
  /** Puts one record per text, all with the same partition key unless told otherwise. */
  put(stream: string, texts: string[], key?: (text: string) => string): Promise<void>;
  close(): Promise<void>;
}

export interface TestKinesisOptions {
  /** Whether shards throttle. */
  isLimited?: boolean;
  clock?: Clock;
}

export async function startKinesis(options: TestKinesisOptions = {}): Promise<TestKinesis> {
  const { isLimited = false, clock = systemClock } = options;
  const folder = mkdtempSync(join(tmpdir(), 'kinesis-'));
  const store = await openKinesis({ folder: join(folder, 'streams'), clock, bus: new EventBus(), isLimited });
  const gateway = await startGateway({
    ...{ port: 0, services: { kinesis: store.api } },
    web: (_, response) => void response.writeHead(404).end(),
  });
  const { endpoint } = gateway;
  const client = new KinesisClient({
    ...{ endpoint, region: 'us-east-1' },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    ...{ client, endpoint },
    async createStream(name, shards = 1) {
      await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
    },
    async put(stream, texts, key = () => 'site-1') {
      const Records = texts.map((text) => ({ PartitionKey: key(text), Data: Buffer.from(text) }));
      await client.send(new PutRecordsCommand({ StreamName: stream, Records }));
    },
    async close() {
      client.destroy();
      await store.close();
      await gateway.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

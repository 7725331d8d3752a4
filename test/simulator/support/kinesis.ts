/** A stream of the emulator on a free loopback port, reached over HTTP/2 as by default in the SDK. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import type { StackOutputs } from '../../../infra/cli/outputs.ts';
import { systemClock } from '../../../infra/emulator/base/clock.ts';
import { EventBus } from '../../../infra/emulator/base/events.ts';
import { openKinesis } from '../../../infra/emulator/kinesis/kinesis.ts';
import { startGateway } from '../../../infra/emulator/wire/gateway.ts';
import { kinesisClient } from '../../../simulator/sink/kinesis.ts';

export interface TestStream {
  outputs: StackOutputs;
  client: KinesisClient;
  /** Everything on the stream, shard by shard. */
  records(): Promise<KinesisRecord[]>;
  /** Takes the endpoint away: connections break, and new ones are refused. */
  leave(): Promise<void>;
  /** Brings it back, with all that it had stored. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const STREAM = 'telemetry';

export async function startStream(shards = 1): Promise<TestStream> {
  const folder = mkdtempSync(join(tmpdir(), 'stream-'));
  const store = await openKinesis({ folder, clock: systemClock, bus: new EventBus(), isLimited: false });
  const listen = (port: number) =>
    startGateway({
      ...{ port, services: { kinesis: store.api } },
      web: (_, response) => void response.writeHead(404).end(),
    });
  let gateway = await listen(0);
  const { port } = gateway;
  const outputs = localOutputs(port);
  const client = kinesisClient(outputs);
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: shards }));
  return {
    outputs,
    client,
    records: () => readAll(client),
    leave: () => gateway.close(),
    async comeBack() {
      gateway = await listen(port);
    },
    async close() {
      client.destroy();
      await gateway.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Outputs as the local runtime writes them, for an endpoint on `port`. */
export const localOutputs = (port: number): StackOutputs => ({
  Region: 'us-east-1',
  StreamName: STREAM,
  AlertTopicArn: 'arn:aws:sns:us-east-1:000000000000:alerts',
  LakeBucketName: 'lake',
  FailureBucketName: 'failures',
  DatabaseName: 'telemetry',
  ReadingsTableName: 'readings',
  AlertsTableName: 'alerts',
  WorkGroupName: 'telemetry',
  StateTableName: 'state',
  DetectorFunctionName: 'detector',
  Endpoint: `http://127.0.0.1:${port}`,
});

async function readAll(client: KinesisClient): Promise<KinesisRecord[]> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: STREAM }));
  const found: KinesisRecord[] = [];
  for (const { ShardId } of Shards) {
    const first = await client.send(
      new GetShardIteratorCommand({ StreamName: STREAM, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    let iterator = first.ShardIterator;
    for (;;) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
      if (!page.Records?.length) break;
      found.push(...page.Records);
      iterator = page.NextShardIterator;
    }
  }
  return found;
}

/** A real (kinesalite) stream on a free loopback port, reached over HTTP/2 as by default in the SDK. */
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import kinesalite from 'kinesalite';
import type { StackOutputs } from '../../../infra/cli/outputs.ts';
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
  const store = kinesalite({ createStreamMs: 0 });
  const sessions = new Set<ServerHttp2Session>();
  const server: Http2Server = createServer((request, response) => {
    store.emit('request', request, response);
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const leave = () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const session of sessions) session.destroy();
    return closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const outputs = localOutputs(port);
  const client = kinesisClient(outputs);
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: shards }));
  while ((await status(client)) !== 'ACTIVE');
  return {
    outputs,
    client,
    records: () => readAll(client),
    leave,
    comeBack: () => listen(port),
    async close() {
      client.destroy();
      await leave();
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

async function status(client: KinesisClient): Promise<string | undefined> {
  const { StreamDescriptionSummary } = await client.send(
    new DescribeStreamSummaryCommand({ StreamName: STREAM }),
  );
  return StreamDescriptionSummary?.StreamStatus;
}

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

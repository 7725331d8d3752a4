/** The synthesized stack, running for one test file, with readings to send and mails to read. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type AttributeValue, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { synthesizeIfNeeded } from '../../../infra/cli/synth.ts';
import { EventBus } from '../../../infra/emulator/base/events.ts';
import { loadAssembly } from '../../../infra/emulator/stack/template.ts';
import { startRuntime } from '../../../infra/local/runtime.ts';
import { formatSentHour, formatTimestamp, type Reading } from '../../../services/contract/reading.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');

/** @param maxRetries of the event source mapping, instead of the template's */
export async function openSession({ maxRetries }: { maxRetries?: number } = {}) {
  const assembly = loadAssembly(await synthesizeIfNeeded(PROJECT, () => {}), 'Streamwatch');
  for (const { Type, Properties } of Object.values(assembly.template.Resources)) {
    if (Type === 'AWS::Lambda::EventSourceMapping' && maxRetries !== undefined) {
      Properties.MaximumRetryAttempts = maxRetries;
    }
  }
  const dir = mkdtempSync(join(tmpdir(), 'streamwatch-session-'));
  const runtime = await startRuntime({
    ...{ assembly, stateDir: dir, port: 0, bus: new EventBus(), version: 'test', deliverySeconds: 1 },
  });
  const options = {
    ...{ endpoint: runtime.endpoint, region: 'us-east-1' },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const kinesis = new KinesisClient(options);
  const dynamo = new DynamoDBClient(options);
  const startMs = Date.now() - 60_000;
  let seq = 0;
  const control = (method: string, path: string, body?: object) =>
    fetch(`${runtime.endpoint}/api/control/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });

  return {
    assembly,
    dir,
    runtime,
    /** Sends one record of one site, with readings one second apart. */
    async send(readings: (Pick<Reading, 'device_id'> & Partial<Reading>)[]) {
      const lines = readings.map((reading) => {
        const at = startMs + seq * 1000;
        seq += 1;
        return JSON.stringify({
          ...{ site_id: 'north', seq, temperature: 41, cpu: 20, ram: 30, hd: 40 },
          ...{ timestamp: formatTimestamp(at), timestamp_sent: formatSentHour(Date.now()) },
          ...reading,
        } satisfies Reading);
      });
      const Records = [
        { Data: Buffer.from(lines.join('\n')), PartitionKey: readings[0]?.site_id ?? 'north' },
      ];
      await kinesis.send(new PutRecordsCommand({ StreamName: runtime.outputs.StreamName, Records }));
    },
    /** Writes an item into the state table, as somebody may by hand. */
    async putState(Item: Record<string, AttributeValue>) {
      await dynamo.send(new PutItemCommand({ TableName: runtime.outputs.StateTableName, Item }));
    },
    /** Subjects, oldest first. */
    async mails(): Promise<string[]> {
      const inbox = (await (await fetch(`${runtime.endpoint}/api/inbox`)).json()) as { subject: string }[];
      return inbox.map(({ subject }) => subject).reverse();
    },
    /** Lets a call pass `skip` times and then refuses it, until `repair` is called. */
    async breakCalls(on: string, skip: number) {
      const { ok } = await control('POST', 'faults', { on, kind: 'unavailable', skip });
      if (!ok) throw new Error(`No fault on ${on}`);
    },
    repair: () => control('DELETE', 'faults'),
    async close() {
      kinesis.destroy();
      dynamo.destroy();
      try {
        await runtime.close();
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    },
  };
}

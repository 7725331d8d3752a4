/** The whole pipeline as the template describes it, with real SDK clients: from PutRecords to inbox and Athena. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { synthesizeIfNeeded } from '../infra/cli/synth.ts';
import { EventBus } from '../infra/emulator/base/events.ts';
import { type CloudAssembly, loadAssembly } from '../infra/emulator/stack/template.ts';
import { type Runtime, startRuntime } from '../infra/local/runtime.ts';
import { formatSentHour, formatTimestamp, type Reading } from '../services/contract/reading.ts';
import { aggregate } from './support/aggregated.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const START = Date.now() - 20_000;

let assembly: CloudAssembly;
let stateDir: string;

/** One packed record of a site: `temperatures` of one device, one per second, numbered from `firstSeq`. */
function packed(device: string, site: string, firstSeq: number, temperatures: number[]): string {
  return temperatures
    .map((temperature, i) => {
      const at = START + (firstSeq + i) * 1000;
      const reading: Reading = {
        ...{ device_id: device, site_id: site, seq: firstSeq + i, temperature, cpu: 20, ram: 30, hd: 40 },
        ...{ timestamp: formatTimestamp(at), timestamp_sent: formatSentHour(at) },
      };
      return `${JSON.stringify(reading)}\n`;
    })
    .join('');
}

async function open() {
  const runtime = await startRuntime({
    ...{ assembly, stateDir, port: 0, bus: new EventBus(), version: 'test', deliverySeconds: 1 },
  });
  const options = { endpoint: runtime.endpoint, region: 'us-east-1', credentials };
  const kinesis = new KinesisClient(options);
  return {
    runtime,
    options,
    async put(site: string, ...data: (string | Buffer)[]) {
      const Records = data.map((item) => ({ Data: Buffer.from(item), PartitionKey: site }));
      const { FailedRecordCount } = await kinesis.send(
        new PutRecordsCommand({ StreamName: runtime.outputs.StreamName, Records }),
      );
      expect(FailedRecordCount).toBe(0);
    },
    async inbox(): Promise<{ to: string; subject: string; text: string; receivedAt: string }[]> {
      return (await (await fetch(`${runtime.endpoint}/api/inbox`)).json()) as never;
    },
    close() {
      kinesis.destroy();
      return runtime.close();
    },
  };
}

async function query(runtime: Runtime, sql: string): Promise<(string | undefined)[][]> {
  const athena = new AthenaClient({ endpoint: runtime.endpoint, region: 'us-east-1', credentials });
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: runtime.outputs.WorkGroupName,
      QueryExecutionContext: { Database: runtime.outputs.DatabaseName },
    }),
  );
  await vi.waitFor(async () => {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    expect(QueryExecution?.Status).toMatchObject({ State: 'SUCCEEDED' });
  });
  const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }));
  athena.destroy();
  return (ResultSet?.Rows ?? []).slice(1).map((row) => (row.Data ?? []).map((cell) => cell.VarCharValue));
}

beforeAll(async () => {
  const project = resolve(import.meta.dirname, '..');
  assembly = loadAssembly(await synthesizeIfNeeded(project, () => {}), 'Streamwatch');
  stateDir = mkdtempSync(join(tmpdir(), 'pipeline-'));
});

afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

describe('the pipeline', { timeout: 60_000 }, () => {
  it('turns a hot device into one e-mail and one incident, and every line into a row or an error entry', async () => {
    const { runtime, put, inbox, options, close } = await open();
    const broken = 'not JSON at all\n';
    await put(
      'north',
      packed('dev-1', 'north', 0, [50, 50, 95, 96]) + broken + packed('dev-2', 'north', 0, [41]),
    );
    await put('south', Buffer.from([0xff, 0xfe, 0x00]));
    await put('any key', aggregate([['south', packed('dev-9', 'south', 0, [42])]]));

    const mails = await vi.waitFor(async () => {
      const found = await inbox();
      expect(found).toHaveLength(1);
      return found;
    }, 10_000);
    expect(mails[0]).toMatchObject({
      to: 'you@streamwatch.local',
      subject: expect.stringMatching(/^FIRING critical: temperature-high - dev-1 \(north\)$/),
      text: expect.stringContaining('96'),
    });

    await put('north', packed('dev-1', 'north', 4, [50, 50, 50, 50]));
    await vi.waitFor(async () => expect((await inbox())[0]?.subject).toMatch(/^RESOLVED/), 10_000);
    expect(await inbox()).toHaveLength(2);

    const dynamoDb = new DynamoDBClient(options);
    const { Items } = await dynamoDb.send(new ScanCommand({ TableName: runtime.outputs.StateTableName }));
    dynamoDb.destroy();
    // Besides how far each site has come, and which devices it has.
    const keys = Items?.map((item) => item.device_rule?.S ?? '').filter((key) => !key.startsWith('#'));
    expect(keys).toEqual(['dev-1#temperature-high', 'publish']);

    // The buffer interval delivers them while the pipeline runs.
    await vi.waitFor(() => expect(runtime.counts().delivery.inLake).toBe(10), 10_000);
    const sql = 'SELECT device_id, count(*), max(temperature) FROM readings GROUP BY 1 ORDER BY 1';
    expect(await query(runtime, sql)).toEqual([
      ['dev-1', '8', '96.0'],
      ['dev-2', '1', '41.0'],
      ['dev-9', '1', '42.0'],
    ]);

    const counts = await close();
    expect(counts).toMatchObject({
      delivery: { received: 12, inLake: 10, malformed: 2, pending: 0 },
      opened: 1,
      resolved: 1,
      mails: 2,
      abandoned: 0,
    });
    const entries = errorEntries(runtime.outputs.LakeBucketName);
    expect(entries.map(({ rawData }) => Buffer.from(rawData, 'base64').toString('latin1')).sort()).toEqual(
      [broken.trim(), '\xff\xfe\x00'].sort(),
    );
  });

  it('starts again on its old state: nothing is delivered twice, nobody is woken twice, history is still there', async () => {
    const { runtime, put, inbox, close } = await open();
    expect(await inbox()).toHaveLength(2);
    expect(await query(runtime, 'SELECT count(*) FROM readings')).toEqual([['10']]);
    await put('north', packed('dev-1', 'north', 8, [50]));
    const counts = await close();
    expect(counts).toMatchObject({ delivery: { received: 1, inLake: 1 }, opened: 0, mails: 0 });
  });

  it('leaves no lock and no outputs behind', () => {
    expect(readdirSync(stateDir)).not.toContain('lock');
    expect(readdirSync(stateDir)).not.toContain('outputs.json');
  });
});

function errorEntries(bucket: string): { rawData: string }[] {
  const folder = join(stateDir, 's3', bucket, 'errors');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line));
}

/** With the knob `extraFields`: fields that the contract does not know, from a device's line to an Athena query. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { App } from 'aws-cdk-lib/core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseConfig } from '../infra/aws/settings/config.ts';
import { TelemetryStack } from '../infra/aws/telemetry-stack.ts';
import { runQuery } from '../infra/commands/query/query.ts';
import { EventBus } from '../infra/emulator/base/events.ts';
import { loadAssembly } from '../infra/emulator/stack/template.ts';
import { type Runtime, startRuntime } from '../infra/local/runtime.ts';
import { formatSentHour } from '../services/contract/reading.ts';
import { listen } from './infra/commands/support/listen.ts';

const NOW = Date.now() - 10_000;
const { signal } = new AbortController();
let runtime: Runtime;
let dir: string;

const reading = (seq: number, other: object) => ({
  ...{ device_id: 'pump-1', site_id: 'field', seq, cpu: 20 },
  ...{ timestamp: new Date(NOW + seq).toISOString(), timestamp_sent: formatSentHour(NOW) },
  ...other,
});

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'extra-fields-'));
  const outdir = join(dir, 'assembly');
  const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'));
  const app = new App({ outdir, context });
  new TelemetryStack(app, 'Streamwatch', parseConfig({ extraFields: 'on' }));
  app.synth();
  runtime = await startRuntime({
    ...{ assembly: loadAssembly(outdir, 'Streamwatch'), stateDir: join(dir, 'state') },
    ...{ port: 0, bus: new EventBus(), version: 'test', deliverySeconds: 1 },
  });
  const lines = [
    JSON.stringify(reading(0, {})),
    JSON.stringify(reading(1, { battery: { volts: 3.1 }, firmware: 'v2' })),
    `{"serial":12345678901234567890,${JSON.stringify(reading(2, {})).slice(1)}`,
    '{"cpu":',
  ];
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const kinesis = new KinesisClient({ endpoint: runtime.endpoint, region: 'us-east-1', credentials });
  const Data = Buffer.from(lines.join('\n'));
  const { StreamName } = runtime.outputs;
  await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: 'field', Data }));
  kinesis.destroy();
  await vi.waitFor(() => {
    const { inLake, malformed, pending } = runtime.counts().delivery;
    expect({ inLake, malformed, pending }).toEqual({ inLake: 3, malformed: 1, pending: 0 });
  }, 30_000);
}, 90_000);
afterAll(async () => {
  await runtime?.close();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

it('are in the column extra, and a query finds what is in them', async () => {
  const { said, io } = listen();
  const sql = `SELECT seq, extra, json_extract_scalar(extra, '$.battery.volts') AS volts FROM readings ORDER BY seq`;
  const argv = [sql, '--local', '--dir', join(dir, 'state'), '--json'];
  expect(await runQuery(argv, { ...io, width: 80 }, signal)).toBe(0);
  expect(JSON.parse(said.stdout)).toEqual([
    { seq: 0, extra: null, volts: null },
    { seq: 1, extra: '{"battery":{"volts":3.1},"firmware":"v2"}', volts: '3.1' },
    { seq: 2, extra: '{"serial":12345678901234567890}', volts: null },
  ]);
});

/** A site without a gateway: the API of the template, its real authorizer, and a token of the real command. */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { runEnroll } from '../../../../infra/commands/enroll/enroll.ts';
import { apigateway } from '../../../../infra/emulator/apigateway/service.ts';
import { createFaults } from '../../../../infra/emulator/faults/faults.ts';
import { parseFault } from '../../../../infra/emulator/registry.ts';
import { synthesize } from '../../aws/support/synth.ts';
import { emulate } from '../../emulator/support/emulate.ts';
import { listen } from '../support/listen.ts';

const run = promisify(execFile);
const CURL = spawnSync('curl', ['--version']).status === 0;
const LINES = { 'content-type': 'application/x-ndjson' };
const JSON_TYPE = { 'content-type': 'application/json' };
const OTHERS = ['AlertTopicArn', 'LakeBucketName', 'FailureBucketName', 'DatabaseName', 'ReadingsTableName'];
const MORE = ['AlertsTableName', 'WorkGroupName', 'StateTableName', 'DetectorFunctionName'];

const reading = (seq: number, more: object = {}) =>
  JSON.stringify({
    ...{ device_id: 'd1', site_id: 'hut', seq, temperature: 20.5, cpu: 1, ram: null },
    ...{ timestamp: '2026-11-26T09:30:00.000Z', timestamp_sent: '2026-11-26 09', ...more },
  });

async function open() {
  const { resources, outputs } = synthesize({ edgeHttp: 'on' });
  const { outputFiles } = await build({
    ...{ entryPoints: ['services/authorizer/handler.ts'], bundle: true, write: false, format: 'esm' },
    ...{ platform: 'node', mainFields: ['module', 'main'] },
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  const own = Object.entries(structuredClone(resources)).filter(([id]) =>
    /^(?:EdgeHttp|IngestStream)/.test(id),
  );
  for (const [, { Type, Properties }] of own) {
    if (Type === 'AWS::Lambda::Function') Properties.Code = { S3Key: 'code.zip' };
  }
  const faults = createFaults();
  const emulator = await emulate(
    {
      Resources: Object.fromEntries(own),
      Outputs: Object.fromEntries(
        Object.entries(outputs).filter(([name]) => /^Edge(?:Http|Tok|Us)|^StreamName/.test(name)),
      ),
    },
    { code: { 'index.mjs': outputFiles[0]?.text ?? '' } },
    { faults },
  );
  const dir = join(emulator.folder, 'state');
  const { endpoints } = emulator.of(apigateway);
  const [[id = '', address = ''] = []] = [...endpoints];
  const named = emulator.stack.outputs;
  expect(named.EdgeHttpUrl).toBe(`https://${id}.execute-api.us-east-1.amazonaws.com/v1/readings`);
  const url = `${address}/v1/readings`;
  const rest = Object.fromEntries([...OTHERS, ...MORE].map((name) => [name, 'x']));
  const local = { ...rest, ...named, EdgeHttpUrl: url, Region: 'us-east-1', Endpoint: emulator.endpoint };
  writeFileSync(join(dir, 'outputs.json'), JSON.stringify({ Streamwatch: local }));

  const enroll = async (...argv: string[]) => {
    const { said, io } = listen();
    return { code: await runEnroll([...argv, '--local', '--dir', dir], io), ...said };
  };
  const post = async (token: string | undefined, body: string, headers: Record<string, string> = LINES) => {
    const all = new Headers(headers);
    if (token !== undefined) all.set('authorization', `Bearer ${token}`);
    const response = await fetch(url, { method: 'POST', body, headers: all });
    return { status: response.status, body: await response.text() };
  };
  const client = new KinesisClient({
    ...{ endpoint: emulator.endpoint, region: 'us-east-1' },
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  onTestFinished(() => client.destroy());
  const records = async () => {
    const stream = { StreamName: named.StreamName, ShardId: 'shardId-000000000000' };
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ ...stream, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    return Records.map(({ PartitionKey, Data }) => [
      PartitionKey,
      Buffer.from(Data as Uint8Array).toString(),
    ]);
  };
  const logOf = (name: string) => readFileSync(join(dir, 'logs', `${name}.log`), 'utf8');
  const authorizer = `Shop-${own.find(([, { Type }]) => Type === 'AWS::Lambda::Function')?.[0]}`;
  return { enroll, post, records, faults, dir, url, logOf, id, authorizer };
}

it('a token lets a site send under its own key, until it is revoked', async () => {
  const { enroll, post, records, faults, dir, url, logOf, id, authorizer } = await open();
  const made = await enroll('--token', 'hut');
  expect(made.code).toBe(0);
  const token = made.stdout.trim();
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(made.stderr).toContain(url);

  expect(await post(token, `${reading(1)}\n${reading(2)}`)).toEqual({ status: 204, body: '' });
  const pretty = JSON.stringify(JSON.parse(reading(3)), undefined, 2);
  expect((await post(token, pretty, JSON_TYPE)).status).toBe(204);
  expect(await records()).toEqual([
    ['hut', `${reading(1)}\n${reading(2)}`],
    ['hut', reading(3)],
  ]);
  expect(logOf(authorizer).match(/^START/gm)).toHaveLength(1);

  // Each step of the door, in its own words.
  const statusOf = async (...call: Parameters<typeof post>) => (await post(...call)).status;
  expect(await post(undefined, reading(4))).toMatchObject({
    status: 401,
    body: '{"message":"Unauthorized"}',
  });
  expect(await statusOf('short', reading(4))).toBe(401);
  expect(await statusOf('A'.repeat(43), reading(4))).toBe(401);
  expect(await post(token, reading(-1), JSON_TYPE)).toEqual({
    ...{ status: 400, body: '{"message":"Invalid request body"}' },
  });
  expect(await statusOf(token, `[${reading(4)}]`, JSON_TYPE)).toBe(400);
  expect(await statusOf(token, reading(4), { 'content-type': 'text/plain' })).toBe(415);
  expect(await statusOf(token, `${reading(4)}\n`.repeat(8000))).toBe(413);
  expect((await fetch(url.replace('readings', 'others'))).status).toBe(403);
  faults.add(parseFault('kinesis.PutRecord:throttle'));
  expect(await statusOf(token, reading(4))).toBe(429);
  faults.clear();
  faults.add(parseFault('kinesis.PutRecord:unavailable'));
  expect(await statusOf(token, reading(4))).toBe(503);
  faults.clear();
  expect(await records()).toHaveLength(2);

  expect((await enroll('--list')).stdout).toMatch(/^hut\ttoken [0-9a-f]{12}…\tactive\tsince 20/);
  const second = (await enroll('--token', 'hut2')).stdout.trim();
  expect(await statusOf(second, reading(5))).toBe(204);
  const revoked = await enroll('--revoke', 'hut');
  expect([revoked.code, revoked.stderr]).toEqual([0, expect.stringContaining('hut: 1 token revoked.')]);
  expect(await post(token, reading(6))).toEqual({ status: 403, body: '{"message":"Forbidden"}' });
  expect(await statusOf(second, reading(7))).toBe(204);
  expect((await enroll('--revoke', 'hut')).stderr).toContain('hut has no token.');

  // Changed without a gap.
  const newer = (await enroll('--token', 'hut2')).stdout.trim();
  expect(await Promise.all([statusOf(second, reading(8)), statusOf(newer, reading(8))])).toEqual([204, 204]);
  const finished = await enroll('--rotate', 'hut2', '--finish');
  expect([finished.code, finished.stderr]).toEqual([0, 'hut2 has its newest token alone; 1 revoked.\n']);
  expect(await Promise.all([statusOf(second, reading(9)), statusOf(newer, reading(9))])).toEqual([403, 204]);

  // Neither what was sent nor who sent it is told further than necessary.
  expect(logOf(id)).toContain('"site":"hut","method":"POST","path":"/v1/readings","status":"204"');
  for (const text of [logOf(id), logOf(authorizer), readFileSync(join(dir, 'apigateway.json'), 'utf8')]) {
    expect(text).not.toContain(token);
    expect(text).not.toContain('temperature');
  }
  if (!CURL) return void process.stderr.write('Skipped: no curl\n');
  const third = (await enroll('--token', 'hut3')).stdout.trim();
  const file = join(dir, 'readings.ndjson');
  writeFileSync(file, `${reading(1)}\n${reading(2)}\n`);
  const flags = ['-s', '-w', '%{http_code}', '-H', `Authorization: Bearer ${third}`];
  const media = ['-H', 'Content-Type: application/x-ndjson'];
  const sent = await run('curl', [...flags, ...media, '--data-binary', `@${file}`, url]);
  expect(sent.stdout).toBe('204');
  expect((await records()).at(-1)).toEqual(['hut3', `${reading(1)}\n${reading(2)}\n`]);
});

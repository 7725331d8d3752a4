/** The senders of docs/senders, as people copy them: each runs where its language is there, and its device is alerted for. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { synthesizeIfNeeded } from '../infra/cli/synth.ts';
import { EventBus } from '../infra/emulator/base/events.ts';
import { loadAssembly } from '../infra/emulator/stack/template.ts';
import { type Runtime, startRuntime } from '../infra/local/runtime.ts';
import { isReading, type Reading } from '../services/contract/reading.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const works = (command: string, ...argv: string[]) => {
  try {
    execFileSync(command, argv, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const SENDERS = [
  { file: 'send.mjs', operation: 'PutRecords', run: [process.execPath, 'send.mjs'], isThere: true },
  {
    file: 'send.py',
    operation: 'PutRecords',
    run: ['python3', 'send.py'],
    isThere: works('python3', '-c', 'import boto3'),
  },
  { file: 'send.sh', operation: 'PutRecord', run: ['sh', 'send.sh'], isThere: works('aws', '--version') },
];
const CURL = works('curl', '--aws-sigv4', 'aws:amz:us-east-1:kinesis', '--version');

let runtime: Runtime;
let dir: string;
const received: Reading[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'senders-'));
  cpSync(join(PROJECT, 'docs/senders'), dir, { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(dir, 'node_modules'));
  const assembly = loadAssembly(await synthesizeIfNeeded(PROJECT, () => {}), 'Streamwatch');
  const bus = new EventBus();
  bus.on('record', (data) => {
    const lines = Buffer.from(data).toString().split('\n').filter(Boolean);
    received.push(...lines.map((line) => JSON.parse(line) as Reading));
  });
  runtime = await startRuntime({
    ...{ assembly, stateDir: join(dir, 'state'), port: 0, bus, version: 'test', deliverySeconds: 1 },
  });
});
afterAll(async () => {
  await runtime?.close();
  rmSync(dir, { recursive: true, force: true });
});

const environment = (device: string) => ({
  ...process.env,
  ...{ STREAM_NAME: runtime.outputs.StreamName, SITE: 'field', DEVICE: device },
  ...{ AWS_ENDPOINT_URL: runtime.endpoint, AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1' },
  ...{ AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' },
});

async function send(device: string, [command = '', ...argv]: string[], input: string): Promise<void> {
  const child = spawn(command, argv, {
    cwd: dir,
    env: environment(device),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  child.stdin.end(input);
  const code = await new Promise((done) => child.once('close', done));
  expect({ code, said }).toMatchObject({ code: 0 });
}
const metrics = (...temperatures: number[]) =>
  temperatures.map((temperature) => `{"temperature":${temperature}}\n`).join('');
const seqs = (device: string) =>
  received.filter(({ device_id }) => device_id === device).map(({ seq }) => seq);
const count = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('senders to copy', { timeout: 60_000 }, () => {
  it.each(['send.mjs', 'send.py', 'send.sh', 'send-curl.sh'])('%s has at most 32 lines of code', (file) => {
    const lines = readFileSync(join(PROJECT, 'docs/senders', file), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(32);
  });

  for (const { file, run, operation, isThere } of SENDERS) {
    const device = file.replace('.', '-');

    it.runIf(isThere)(`${file} packs its lines, counts on after a restart, and is alerted for`, async () => {
      await send(device, run, metrics(...count(120).map(() => 20)));
      await send(device, run, metrics(95, 96, 97));
      await vi.waitFor(() => expect(seqs(device)).toEqual(count(123)), 20_000);
      expect(received.filter((line) => !isReading(line))).toEqual([]);
      await vi.waitFor(() => {
        const told = runtime.alerts().map(({ device_id, status }) => `${device_id} ${status}`);
        expect(told).toContain(`${device} firing`);
      }, 20_000);
    });

    it.runIf(isThere)(`${file} sends again what the stream refused`, async () => {
      const body = JSON.stringify({ on: `kinesis.${operation}`, kind: 'throttle', times: 2 });
      const headers = { 'content-type': 'application/json' };
      const url = `${runtime.endpoint}/api/control/faults`;
      expect((await fetch(url, { method: 'POST', headers, body })).ok).toBe(true);
      await send(`again-${device}`, run, metrics(20, 21));
      await vi.waitFor(() => expect(seqs(`again-${device}`)).toEqual([0, 1]), 20_000);
    });
  }

  it.each([
    ['send.mjs', process.execPath],
    ['send.sh', 'sh'],
  ])('%s says what it needs', (file, command) => {
    const env = { ...process.env, STREAM_NAME: '' };
    const { status, stderr } = spawnSync(command, [file], { cwd: dir, env, input: '{}\n', encoding: 'utf8' });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/Set STREAM_NAME, SITE and DEVICE; for npm start: \. docs\/senders\/local\.sh/);
  });

  it('local.sh finds the runtime of npm start, whichever port it has', () => {
    mkdirSync(join(dir, '.streamwatch'), { recursive: true });
    const shell = () =>
      spawnSync('sh', ['-c', '. ./local.sh; echo "$STREAM_NAME $AWS_ENDPOINT_URL $SITE $DEVICE"'], {
        ...{ cwd: dir, encoding: 'utf8', env: { PATH: process.env.PATH } },
      });
    expect(shell().stderr).toContain('start it with npm start');
    writeFileSync(join(dir, '.streamwatch/outputs.json'), JSON.stringify({ Streamwatch: runtime.outputs }));
    const { StreamName, Endpoint } = runtime.outputs;
    expect(shell().stdout).toBe(`${StreamName} ${Endpoint} plant-2 boiler-7\n`);
  });

  it.runIf(CURL)('send-curl.sh sends a reading with nothing but curl', async () => {
    await send('curl-1', ['sh', 'send-curl.sh', '"temperature":21.5', '7'], '');
    await vi.waitFor(() => expect(seqs('curl-1')).toEqual([7]), 20_000);
    expect(received.at(-1)).toMatchObject({ temperature: 21.5, site_id: 'field' });
  });
});

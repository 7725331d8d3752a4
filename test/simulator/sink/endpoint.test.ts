/** The simulator and a real endpoint that goes away, comes back, or answers what it should not. */
import { readFileSync } from 'node:fs';
import { createServer as createHttp1Server } from 'node:http';
import { createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isReading } from '../../../services/contract/reading.ts';
import type { Report } from '../../../simulator/cli/report.ts';
import { kinesisClient, putRecords } from '../../../simulator/sink/kinesis.ts';
import type { SendLogEntry } from '../../../simulator/sink/send-log.ts';
import { parsed } from '../../support/parsed.ts';
import { type Running, simulate, start, stateFolder, temporaryFolder } from '../support/cli.ts';
import { localOutputs, startStream, type TestStream } from '../support/kinesis.ts';

let stream: TestStream;
beforeAll(async () => {
  stream = await startStream(2);
});
afterAll(() => stream.close());

const run = (...args: string[]) =>
  start(['--local', '--dir', stateFolder(stream.outputs), '--json', ...args]);

const LOADED = { timeout: 25_000 };

async function whenSaid(running: Running, text: string): Promise<void> {
  await vi.waitFor(() => expect(running.stderr).toContain(text), LOADED);
}

async function whenSome(): Promise<void> {
  await vi.waitFor(async () => expect((await stream.records()).length).toBeGreaterThan(0), LOADED);
}

/** Numbers of the readings on the stream by device, in the order in which they came first. */
async function arrived(): Promise<Map<string, number[]>> {
  const byDevice = new Map<string, number[]>();
  for (const { Data = new Uint8Array() } of await stream.records()) {
    for (const reading of Buffer.from(Data).toString().split('\n').map(parsed).filter(isReading)) {
      const numbers = byDevice.get(reading.device_id) ?? [];
      if (!numbers.includes(reading.seq)) numbers.push(reading.seq);
      byDevice.set(reading.device_id, numbers);
    }
  }
  return byDevice;
}

describe('the simulator and an endpoint', () => {
  it('that goes away and comes back, twice: loses nothing, keeps the order, says so', async () => {
    const log = join(temporaryFolder(), 'sent.ndjson');
    const running = run('--devices', '60', '--interval', '100ms', '--send-log', log);
    await whenSome();
    for (const times of [1, 2]) {
      await stream.leave();
      await vi.waitFor(
        () => expect(running.stderr.match(/Trying again for 1m/g)).toHaveLength(times),
        LOADED,
      );
      await stream.comeBack();
      await vi.waitFor(
        () => expect(running.stderr.match(/takes records again/g)).toHaveLength(times),
        LOADED,
      );
    }
    running.child.kill('SIGINT');
    const { code, stdout, stderr } = await running.finished;
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ sent: report.made, acked: report.made, failed: 0 });
    expect(stderr).toMatch(/Cannot reach http:\S+ \(E[A-Z]+\)\. Is the local runtime still|takes no records/);
    const numbers = await arrived();
    expect(numbers.size).toBe(60);
    for (const seqs of numbers.values()) expect(seqs).toEqual([...seqs.keys()]);
    expect([...numbers.values()].flat()).toHaveLength(report.made);
    const fates = readFileSync(log, 'utf8').trim().split('\n');
    expect(fates.map((line) => (JSON.parse(line) as SendLogEntry).status)).not.toContain('failed');
  });

  it('that stays away: gives up when it was told to, and reports what failed and why', async () => {
    const log = join(temporaryFolder(), 'sent.ndjson');
    const running = run('--devices', '60', '--interval', '100ms', '--retry-for', '1s', '--send-log', log);
    await whenSaid(running, 'Ctrl-C stops');
    await vi.waitFor(async () => expect((await arrived()).size).toBe(60), LOADED);
    await stream.leave();
    const { code, stdout, stderr } = await running.finished;
    await stream.comeBack();
    expect(code).toBe(1);
    const { sent, acked, failed, error } = JSON.parse(stdout) as Report;
    expect(failed).toBeGreaterThan(0);
    expect(acked + failed).toBe(sent);
    expect(error).toMatch(/^Gave up after 1s \(--retry-for\)\. .*Start it with: npm start$/);
    expect(stderr.replaceAll('\n', ' ')).toContain('Stopped: Gave up after 1s');
    const fates = readFileSync(log, 'utf8').trim().split('\n');
    const lost = fates
      .map((line) => JSON.parse(line) as SendLogEntry)
      .filter(({ status }) => status === 'failed');
    expect(lost.flatMap(({ readings }) => Object.values(readings).flat())).toHaveLength(failed);
  });

  it('that is not there yet when it starts: waits for it', async () => {
    await stream.leave();
    const running = run('--count', '40', '--interval', '100ms');
    await whenSaid(running, 'Trying again');
    await stream.comeBack();
    const { code, stdout } = await running.finished;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sent: 40, acked: 40, failed: 0 });
  });

  it('that has lost its stream in a restart: waits until it is there again', async () => {
    let calls = 0;
    const there = await answering((request, response) => {
      request.resume();
      calls++;
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      if (calls > 1 && calls < 4) {
        response.statusCode = 400;
        response.end('{"__type":"ResourceNotFoundException","message":"Stream telemetry not found."}');
        return;
      }
      response.end('{"FailedRecordCount":0,"Records":[{"SequenceNumber":"1","ShardId":"shardId-0"}]}');
    });
    const dir = stateFolder(localOutputs(there.port));
    const { code, stdout, stderr } = await simulate(
      ...['--local', '--dir', dir, '--devices', '1', '--count', '3', '--interval', '100ms', '--json'],
    );
    there.close();
    expect(code).toBe(0);
    expect(stderr).toContain('has no stream telemetry any more');
    expect(JSON.parse(stdout)).toMatchObject({ acked: 3, failed: 0 });
  });

  it('that does not let it in: stops at once', async () => {
    let calls = 0;
    const there = await answering((request, response) => {
      calls++;
      json(400, 'AccessDeniedException')(request, response);
    });
    const dir = stateFolder(localOutputs(there.port));
    const { code, stdout, stderr } = await simulate('--local', '--dir', dir, '--devices', '4', '--json');
    there.close();
    expect(code).toBe(1);
    expect(calls).toBe(1);
    expect(stderr).toMatch(/Stopped: These credentials may not write to telemetry/);
    expect(stderr).not.toContain('    at ');
    const { sent, failed } = JSON.parse(stdout) as Report;
    expect(failed).toBe(sent);
  });
});

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

async function answering(handler: Handler, http1 = false) {
  const server: Server = http1
    ? createHttp1Server((_, response) => response.end('This is HTTP/1'))
    : createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

const answer =
  (status: number, body: string, headers: Record<string, string> = {}): Handler =>
  (request, response) => {
    request.resume();
    response.writeHead(status, headers);
    response.end(body);
  };
const json = (status: number, type: string, headers: Record<string, string> = {}) =>
  answer(status, `{"__type":"${type}","message":"told"}`, {
    'content-type': 'application/x-amz-json-1.1',
    ...headers,
  });
const anHourAgo = () => new Date(Date.now() - 3_600_000).toUTCString();

describe('what is answered', () => {
  it.each<[string, Handler | 'http1', string, RegExp]>([
    ['503 of a proxy', answer(503, '<html>'), 'unreachable', /takes no records \(HTTP 503\).*npm start/],
    ['502 without a body', answer(502, ''), 'unreachable', /HTTP 502/],
    ['404 of something else', answer(404, 'Not found'), 'unreachable', /HTTP 404/],
    ['200 of a captive portal', answer(200, '<html>Sign in'), 'unreachable', /HTTP 200/],
    ['302', answer(302, '', { location: '/login' }), 'unreachable', /HTTP 302/],
    ['500', json(500, 'InternalFailure'), 'unreachable', /InternalFailure: told/],
    ['nothing, for too long', () => {}, 'unreachable', /TimeoutError/],
    ['the end of the stream', (_, response) => response.stream.close(), 'unreachable', /TimeoutError/],
    ['the end of the connection', ({ stream }) => stream.session?.destroy(), 'unreachable', /TimeoutError/],
    ['GOAWAY', ({ stream }) => stream.session?.goaway(1), 'unreachable', /Session closed/],
    ['HTTP/1', 'http1', 'unreachable', /Protocol error/],
    ['a throttle', json(400, 'ProvisionedThroughputExceededException'), 'throttled', /told/],
    ['no such operation', json(400, 'UnknownOperationException'), 'fatal', /refuses the records: Unknown/],
    ['no permission', json(400, 'AccessDeniedException'), 'fatal', /may not write to telemetry/],
    ['unknown keys', json(400, 'UnrecognizedClientException'), 'fatal', /does not know these credentials/],
    ['an expired session', json(400, 'ExpiredTokenException'), 'fatal', /session has expired/],
    ['no token', json(400, 'MissingAuthenticationTokenException'), 'fatal', /MissingAuthenticationToken/],
    ['no such stream', json(400, 'ResourceNotFoundException'), 'fatal', /There is no stream telemetry/],
    [
      'that our clock is wrong',
      json(400, 'InvalidSignatureException', { date: anHourAgo() }),
      'error',
      /InvalidSignature/,
    ],
  ])('%s', async (_, handler, outcome, reason) => {
    const there = await answering(handler === 'http1' ? () => {} : handler, handler === 'http1');
    const client = kinesisClient(localOutputs(there.port), {
      requestHandler: { requestTimeout: 200, disableConcurrentStreams: true },
    });
    const put = putRecords(client, 'telemetry', `http://127.0.0.1:${there.port}`);
    const results = await put([{ partitionKey: 'a', data: Buffer.from('x') }]);
    client.destroy();
    there.close();
    expect(results).toEqual([{ outcome, reason: expect.stringMatching(reason) }]);
  });

  it('nothing, because there are no credentials', async () => {
    const { Endpoint: _, ...outputs } = localOutputs(1);
    const client = kinesisClient(outputs, {
      credentials: () => Promise.reject(Object.assign(new Error('none'), { name: 'TokenProviderError' })),
    });
    const results = await putRecords(client, 'telemetry')([{ partitionKey: 'a', data: Buffer.from('x') }]);
    client.destroy();
    expect(results).toEqual([{ outcome: 'fatal', reason: expect.stringContaining('aws sso login') }]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isReading, type Reading } from '../../../services/contract/reading.ts';
import type { Report } from '../../../simulator/cli/report.ts';
import { run } from '../../../simulator/cli/run.ts';
import { systemClock } from '../../../simulator/clock.ts';
import { Fleet } from '../../../simulator/fleet.ts';
import { callFailure, kinesisClient, putRecords } from '../../../simulator/sink/kinesis.ts';
import { PutRecordsSink } from '../../../simulator/sink/put-records.ts';
import type { SendLogEntry } from '../../../simulator/sink/send-log.ts';
import { parsed } from '../../support/parsed.ts';
import { simulate, start, stateFolder, temporaryFolder } from '../support/cli.ts';
import { localOutputs, startStream, type TestStream } from '../support/kinesis.ts';

let stream: TestStream;

beforeAll(async () => {
  stream = await startStream(2);
});
afterAll(() => stream.close());

const seen = new Set<string | undefined>();
/** Records that have arrived since the last call, in the order of their shard. */
async function fresh(): Promise<KinesisRecord[]> {
  const records = (await stream.records()).filter(({ SequenceNumber }) => !seen.has(SequenceNumber));
  for (const { SequenceNumber } of records) seen.add(SequenceNumber);
  return records;
}

/** Their readings, each with its record's partition key. */
const arrived = async (): Promise<{ key: string; reading: Reading }[]> =>
  (await fresh()).flatMap(({ PartitionKey = '', Data = new Uint8Array() }) =>
    Buffer.from(Data)
      .toString()
      .split('\n')
      .map(parsed)
      .filter(isReading)
      .map((reading) => ({ key: PartitionKey, reading })),
  );

describe('the simulator and a real stream', () => {
  it('delivers every reading in the order of its device, and says how many', async () => {
    const log = join(temporaryFolder(), 'sent.ndjson');
    const args = ['--local', '--dir', stateFolder(stream.outputs), '--devices', '60', '--interval', '100ms'];
    const { code, stdout, stderr } = await simulate(...args, '--duration', '1s', '--json', '--send-log', log);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ made: 600, sent: 600, acked: 600, failed: 0 });
    expect(report).not.toHaveProperty('error');
    expect(report.putRecords?.fromScheduleMs.p50).toBeGreaterThan(0);

    const readings = await arrived();
    expect(readings).toHaveLength(600);
    const next = new Map<string, number>();
    for (const { key, reading } of readings) {
      expect(key).toBe(reading.site_id);
      expect(reading.seq).toBe(next.get(reading.device_id) ?? 0);
      next.set(reading.device_id, reading.seq + 1);
    }

    const entries = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SendLogEntry);
    const logged = entries.flatMap(({ readings: list }) =>
      Object.entries(list).flatMap(([device, numbers]) => numbers.map((seq) => `${device}#${seq}`)),
    );
    expect(logged.sort()).toEqual(
      readings.map(({ reading }) => `${reading.device_id}#${reading.seq}`).sort(),
    );
    expect(entries.every(({ status, sequence_number }) => status === 'acked' && sequence_number)).toBe(true);
  });

  it('sends again what a real response reports as failed, and nothing else', async () => {
    const client = kinesisClient(stream.outputs);
    let call = 0;
    // The stream never sees the entries that the response then reports as failed, as with a real throttle.
    client.middlewareStack.add(
      (next) => async (args) => {
        if (++call > 1) return next(args);
        const request = args.request as { body: Uint8Array; headers: Record<string, string> };
        const input = JSON.parse(Buffer.from(request.body).toString()) as { Records: unknown[] };
        request.body = Buffer.from(JSON.stringify({ ...input, Records: input.Records.slice(1) }));
        request.headers['content-length'] = String(request.body.length);
        const result = await next(args);
        const output = result.output as { Records: object[]; FailedRecordCount: number };
        output.Records.unshift({
          ErrorCode: 'ProvisionedThroughputExceededException',
          ErrorMessage: 'Rate exceeded',
        });
        output.FailedRecordCount = 1;
        return result;
      },
      { step: 'build', priority: 'low' },
    );
    const sink = new PutRecordsSink(putRecords(client, stream.outputs.StreamName), systemClock, () => 0);
    const fleet = new Fleet({ seed: 1, devices: 100, intervalMs: 1000, count: 100 });
    const state = { startMs: Date.now() - 1000, nextDueMs: 0, maxLagMs: 0 };
    await run({ source: fleet, sink, clock: systemClock, stop: new AbortController().signal, state });
    client.destroy();
    expect(sink.counts.records).toMatchObject({ failed: 0, retried: 1, throttled: 1, errors: 0 });
    const readings = await arrived();
    expect(new Set(readings.map(({ reading }) => reading.device_id)).size).toBe(100);
    expect(readings).toHaveLength(100);
  });

  it('stops cleanly on Ctrl-C: what is in flight arrives, the report is printed, the exit code is 0', async () => {
    const running = start(['--local', '--dir', stateFolder(stream.outputs), '--devices', '30', '--json']);
    await vi.waitFor(async () => expect((await stream.records()).length).toBeGreaterThan(seen.size), {
      timeout: 10_000,
    });
    running.child.kill('SIGINT');
    // npm passes the same Ctrl-C on to its child a moment later: that must not cut the run off.
    running.child.kill('SIGINT');
    const { code, stdout } = await running.finished;
    expect(code).toBe(0);
    expect(await arrived()).toHaveLength((JSON.parse(stdout) as Report).acked);
  });

  it('names a stream that does not exist, and exits with 1', async () => {
    const dir = stateFolder({ ...stream.outputs, StreamName: 'gone' });
    const { code, stderr } = await simulate('--local', '--dir', dir, '--duration', '5s');
    expect(code).toBe(1);
    expect(stderr).toContain('There is no stream gone. Deploy again');
    expect(stderr).not.toContain('    at ');
  });
});

describe('what an error of a call means', () => {
  const failure = (error: unknown) => callFailure(error, 'telemetry', undefined);
  const named = (name: string, message = '') => Object.assign(new Error(message), { name });

  it.each([
    'ProvisionedThroughputExceededException',
    'ThrottlingException',
    'LimitExceededException',
    'KMSThrottlingException',
  ])('%s: slow down', (name) => expect(failure(named(name)).outcome).toBe('throttled'));

  it.each([
    'ExpiredTokenException',
    'UnrecognizedClientException',
    'InvalidSignatureException',
    'AccessDeniedException',
    'CredentialsProviderError',
  ])('%s: stop, with one sentence that names stream and remedy', (name) => {
    const result = failure(named(name, 'The security token included in the request is expired'));
    expect(result).toMatchObject({ outcome: 'fatal', reason: expect.stringContaining('telemetry') });
    expect(result).toMatchObject({ reason: expect.stringContaining('aws sso login') });
  });

  it.each(['InternalFailure', 'ServiceUnavailable', 'TimeoutError'])('%s: try again', (name) =>
    expect(failure(named(name)).outcome).toBe('unreachable'),
  );

  it('recognizes from the HTTP/2 error that nothing listens', async () => {
    const client = kinesisClient(localOutputs(1));
    const put = putRecords(client, 'telemetry', 'http://127.0.0.1:1');
    const results = await put([{ partitionKey: 'a', data: Buffer.from('x') }]);
    client.destroy();
    expect(results).toEqual([
      { outcome: 'unreachable', reason: expect.stringMatching(/127\.0\.0\.1:1 \(ECONNREFUSED\).*npm start/) },
    ]);
  });
});

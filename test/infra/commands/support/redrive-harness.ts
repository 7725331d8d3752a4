/** A failure bucket and a detector behind a real port, for the real SDK clients of the command. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runRedrive } from '../../../../infra/commands/redrive/redrive.ts';
import { systemClock } from '../../../../infra/emulator/base/clock.ts';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { toEventRecord } from '../../../../infra/emulator/event-source-mapping/event.ts';
import { failureObject } from '../../../../infra/emulator/event-source-mapping/failure-destination.ts';
import { createLambdaApi } from '../../../../infra/emulator/lambda/api.ts';
import type { InvocationResult } from '../../../../infra/emulator/lambda/function.ts';
import { createS3 } from '../../../../infra/emulator/s3/s3.ts';
import { type Interceptor, startGateway } from '../../../../infra/emulator/wire/gateway.ts';
import { ACTOR } from '../../emulator/support/actor.ts';
import { listen } from './listen.ts';

const BUCKET = 'failures';
const STREAM = 'arn:aws:kinesis:us-east-1:000000000000:stream/s';
const DETECTOR = 'arn:aws:lambda:us-east-1:000000000000:function:detector';
const MINUTE_MS = 60_000;

type Answer = InvocationResult extends infer R
  ? R extends unknown
    ? Omit<R, 'requestId' | 'durationMs'>
    : never
  : never;
export const OK: Answer = { status: 'ok', payload: '{"batchItemFailures":[]}' };
export const failuresFrom = (itemIdentifier: string): Answer => ({
  status: 'ok',
  payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier }] }),
});
export const CRASH: Answer = {
  status: 'crashed',
  errorType: 'Runtime.ExitError',
  errorMessage: 'Runtime exited\nwith a second line',
};

interface Given {
  shard?: number;
  /** Partition key of its records. */
  site?: string;
  /** Of each record. */
  data?: Buffer;
  /** Sequence number of the first record; the others follow. */
  sequence: number;
  records?: number;
  /** How long ago the first record arrived. */
  ageMs?: number;
  /** How the last invocation ended; `null` if there was none. */
  last?: Answer | null;
}

export async function openHarness() {
  const folder = mkdtempSync(join(tmpdir(), 'streamwatch-redrive-'));
  mkdirSync(join(folder, BUCKET));
  /** Sequence numbers of each invocation. */
  const invocations: string[][] = [];
  const handlers: { detector(sequences: string[]): Answer; intercept?: Interceptor } = { detector: () => OK };
  const lambda = createLambdaApi(
    (name) =>
      name === 'detector'
        ? {
            name,
            arn: DETECTOR,
            roleArn: 'role',
            actor: ACTOR,
            async invoke(payload) {
              const { Records } = JSON.parse(payload.toString()) as {
                Records: { kinesis: { sequenceNumber: string } }[];
              };
              const sequences = Records.map(({ kinesis }) => kinesis.sequenceNumber);
              invocations.push(sequences);
              return { requestId: 'r', durationMs: 1, ...handlers.detector(sequences) } as InvocationResult;
            },
            kill: async () => {},
            stop: async () => {},
          }
        : undefined,
    () => {},
    new EventBus(),
  );
  const gateway = await startGateway({
    port: 0,
    services: { s3: createS3(folder, [BUCKET], () => undefined), lambda },
    web: (_, response) => response.end(),
    intercept: (request, response, next) =>
      handlers.intercept ? handlers.intercept(request, response, next) : next(request, response),
  });
  const outputs = (more: object = {}) => ({
    ...{
      Region: 'us-east-1',
      StreamName: 's',
      AlertTopicArn: 't',
      LakeBucketName: 'b',
      FailureBucketName: BUCKET,
    },
    ...{
      DatabaseName: 'd',
      ReadingsTableName: 'r',
      AlertsTableName: 'a',
      WorkGroupName: 'w',
      StateTableName: 't',
    },
    ...{ DetectorFunctionName: 'detector', Endpoint: gateway.endpoint, ...more },
  });
  const writeOutputs = (more?: object) =>
    writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ Streamwatch: outputs(more) }));
  writeOutputs();

  return {
    endpoint: gateway.endpoint,
    invocations,
    handlers,
    writeOutputs,
    /** Puts an object into the failure bucket, as Lambda does, and returns its key. */
    give(given: Given): string {
      const { shard = 0, site = `site-${shard}`, data = Buffer.from('{}') } = given;
      const { sequence, records = 1, ageMs = MINUTE_MS, last = CRASH } = given;
      const shardId = `shardId-${String(shard).padStart(12, '0')}`;
      const source = { streamArn: STREAM, region: 'us-east-1', roleArn: 'role' };
      const batch = Array.from({ length: records }, (_, i) =>
        toEventRecord(
          shardId,
          {
            sequenceNumber: String(sequence + i),
            partitionKey: site,
            data,
            arrivalMs: Date.now() - ageMs,
          },
          source,
          systemClock,
        ),
      );
      const { key, body } = failureObject(
        {
          shardId,
          records: batch,
          condition: last === null ? 'RecordAgeExceeded' : 'RetryAttemptsExhausted',
          invocations: last === null ? 0 : 11,
          lastResult:
            last === null ? undefined : ({ requestId: 'req-1', durationMs: 1, ...last } as InvocationResult),
        },
        { mappingId: 'mapping', functionArn: DETECTOR, streamArn: STREAM },
        new Date(Date.now() - ageMs + MINUTE_MS / 2),
      );
      this.put(key, body);
      return key;
    },
    put(key: string, body: string) {
      const path = join(folder, BUCKET, key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, body);
    },
    /** Removes an object. */
    take: (key: string) => rmSync(join(folder, BUCKET, key)),
    read: (key: string) => readFileSync(join(folder, BUCKET, key), 'utf8'),
    /** Keys of all objects. */
    objects: () =>
      readdirSync(join(folder, BUCKET), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, BUCKET).length + 1))
        .sort(),
    async run(argv: string[], stop = new AbortController()) {
      const { said, io } = listen();
      const code = await runRedrive(['--local', '--dir', folder, ...argv], { ...io, stop: stop.signal });
      return { code, ...said };
    },
    async close() {
      await gateway.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Clients that are not ours, as people have them. Skipped where this machine has none. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { emulate } from './support/emulate.ts';

const run = promisify(execFile);
const works = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const BIG = Buffer.alloc(9_000_000, 'not all parts are the same \n');

async function open() {
  const emulator = await emulate({
    Resources: {
      Orders: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'orders', ShardCount: 1 } },
      Archive: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'archive' } },
    },
  });
  const bucket = join(emulator.folder, 'state/s3/archive');
  mkdirSync(bucket, { recursive: true });
  writeFileSync(join(bucket, 'big'), BIG);
  writeFileSync(join(bucket, 'small'), 'hello');
  return emulator;
}

describe.skipIf(!works('python3', '-c', 'import boto3'))('boto3', () => {
  it('gets what AWS would give, and refusals that it can read', { timeout: 60_000 }, async () => {
    const { endpoint, folder } = await open();
    const script = join(import.meta.dirname, 'support/calls.py');
    const { stdout } = await run('python3', [script, endpoint, folder]);
    const seen = JSON.parse(stdout) as Record<string, { code: string; message: string }>;

    const future = { code: 'InvalidArgumentException', status: 400 };
    expect(seen).toMatchObject({
      ...{ 'empty, 10 minutes ago': [], 'empty, one second ago': [], 'empty, now': [] },
      ...{ 'empty, in a minute': future, 'before it': ['x'], 'after it': [], list_shards: 1 },
      ...{
        download: null,
        downloaded: BIG.length,
        head: { code: '404' },
        tagging: { code: 'NotImplemented' },
      },
      ...{ 'presigned s3v4': [200, 'hello'], 'presigned s3': [200, 'hello'] },
      ...{ 'expired s3v4': [403, expect.stringContaining('<Message>Request has expired</Message>')] },
      ...{ 'expired s3': [403, expect.stringContaining('<Message>Request has expired</Message>')] },
      ...{ identity: 'arn:aws:iam::000000000000:user/local', 'identity, presigned': 200 },
    });
    expect(readFileSync(join(folder, 'downloaded')).equals(BIG)).toBe(true);
    expect(seen).toMatchObject({ update_shard_count: 2, subscribe_to_shard: ['x'] });
    expect(seen.resource_policy?.message).toMatch(/^Local Kinesis does not do GetResourcePolicy. It does /);
    expect(seen.transact?.message).toMatch(/^Local DynamoDB does not do TransactGetItems. It does /);
    expect(seen.assume_role?.message).toBe(
      'User: arn:aws:iam::000000000000:user/local is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/x',
    );
    // Those of the stream into which it has put records.
    expect(seen.list_metrics).toBe(3);
    expect(seen.list_dashboards?.message).toMatch(/^Local CloudWatch does not do ListDashboards. It does /);
    for (const service of ['autoscaling', 'ec2', 'secretsmanager', 'eks', 'route53']) {
      expect(seen[service]).toEqual({
        ...{ code: 'NotImplemented', status: 501 },
        message: `The emulator answers athena, cloudformation, dynamodb, glue, iam, kinesis, lambda, monitoring, s3, scheduler, sns, sqs, ssm, sts; "${service}" is not emulated`,
      });
    }
  });
});

describe.skipIf(!works('aws', '--version'))('the AWS command line', () => {
  it('copies a file in parts and signs a URL for another one', { timeout: 60_000 }, async () => {
    const { endpoint, folder } = await open();
    const env = {
      ...process.env,
      ...{ AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_DEFAULT_REGION: 'us-east-1' },
    };
    const aws = (...args: string[]) => run('aws', ['--endpoint-url', endpoint, ...args], { env });
    await aws('s3', 'cp', '--no-progress', 's3://archive/big', join(folder, 'copy'));
    expect(readFileSync(join(folder, 'copy')).equals(BIG)).toBe(true);
    await aws(
      'kinesis',
      'put-record',
      '--stream-name',
      'orders',
      '--partition-key',
      'k',
      '--data',
      'aGVsbG8=',
    );
    const shards = ['list-shards', '--stream-name', 'orders', '--shard-filter', 'Type=AT_LATEST'];
    const listed = JSON.parse((await aws('kinesis', ...shards)).stdout) as { Shards: object[] };
    expect(listed.Shards).toHaveLength(1);
    const url = (await aws('s3', 'presign', 's3://archive/small')).stdout.trim();
    expect(await (await fetch(url)).text()).toBe('hello');
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runDestroy } from '../../../../infra/commands/deploy/destroy.ts';
import { type FakeCloudFormation, fakeCloudFormation } from '../support/fake-cloudformation.ts';
import { listen } from '../support/listen.ts';

let cloudFormation: FakeCloudFormation;
beforeEach(async () => {
  cloudFormation = await fakeCloudFormation();
  cloudFormation.stacks.set('Streamwatch', {
    buckets: {
      StorageAccessLogs1: 'logs-bucket',
      StorageLake1: 'lake-bucket',
      StorageFailures1: 'failures-bucket',
    },
  });
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', cloudFormation.url);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await cloudFormation.close();
});

async function destroy(
  argv: string[],
  cdk: () => number,
  sites: string[] | 'unknown' = [],
  channels: string[] | 'unknown' = [],
) {
  const { said, io } = listen();
  const forgetOutputs = vi.fn();
  const calls: { args: string[]; saidBefore: string }[] = [];
  const exitCode = await runDestroy(argv, {
    ...io,
    forgetOutputs,
    hasSettings: (env) => env !== 'lost',
    enrolledSites: async () => (sites === 'unknown' ? undefined : sites),
    channelParameters: async () => (channels === 'unknown' ? undefined : channels),
    cdk: async (args) => {
      calls.push({ args, saidBefore: said.stderr });
      return cdk();
    },
  });
  const forgotFor = forgetOutputs.mock.calls;
  return { exitCode, said: said.stderr, calls, forgotFor, forgotten: forgotFor.length === 1 };
}

const remove = () => {
  cloudFormation.stacks.delete('Streamwatch');
  return 0;
};

describe('npm run destroy', () => {
  it('names what it keeps before it starts, and afterwards how to delete that too, access logs last', async () => {
    const { exitCode, said, calls, forgotten } = await destroy([], remove);
    expect(exitCode).toBe(0);
    expect(calls.map(({ args }) => args)).toEqual([['destroy', 'Streamwatch']]);
    for (const bucket of ['lake-bucket', 'failures-bucket', 'logs-bucket']) {
      expect(calls[0]?.saidBefore).toContain(bucket);
    }
    expect([...said.matchAll(/aws s3 rb --force s3:\/\/(\S+)/g)].map(([, name]) => name)).toEqual([
      'lake-bucket',
      'failures-bucket',
      'logs-bucket',
    ]);
    expect(forgotten).toBe(true);
  });

  it('removes an environment, and only its outputs', async () => {
    cloudFormation.stacks.set('Streamwatch-prod', {});
    const gone = () => {
      cloudFormation.stacks.delete('Streamwatch-prod');
      return 0;
    };
    const { calls, forgotFor } = await destroy(['--env', 'prod'], gone, ['plant-1']);
    expect(calls.map(({ args }) => args)).toEqual([['destroy', 'Streamwatch-prod', '--context', 'env=prod']]);
    expect(calls[0]?.saidBefore).toContain('Removes Streamwatch-prod from');
    expect(calls[0]?.saidBefore).toContain('npm run enroll -- --remove SITE --env prod\n');
    expect(forgotFor).toEqual([['prod']]);
  });

  it('says in one sentence what to do where the file of the environment is gone', async () => {
    cloudFormation.stacks.set('Streamwatch-lost', {});
    const { exitCode, said, calls } = await destroy(['--env', 'lost'], () => 0);
    expect(exitCode).toBe(1);
    expect(said).toContain("empty settings do: echo '{}' > infra/environments/lost.json");
    expect(calls).toEqual([]);
  });

  it('names the sites that stay enrolled, or says that it does not know them', async () => {
    const { calls } = await destroy([], remove, ['plant-1', 'plant-2']);
    expect(calls[0]?.saidBefore).toMatch(
      /sites enrolled at AWS IoT.+\n {2}plant-1\n {2}plant-2\n.+--remove SITE/,
    );
    cloudFormation.stacks.set('Streamwatch', { buckets: {} });
    const unknown = await destroy([], remove, 'unknown');
    expect(unknown.calls[0]?.saidBefore).toContain('Which, cannot be found out');
  });

  it('names the secrets that stay, and afterwards how to delete them', async () => {
    const { said, calls } = await destroy([], remove, [], ['/Streamwatch/channels/on-call']);
    expect(calls[0]?.saidBefore).toMatch(
      /with their secrets, in the Parameter Store:\n {2}\/Streamwatch\/ch/,
    );
    expect(said).toContain(
      '\n  aws ssm delete-parameter --region eu-central-1 --name /Streamwatch/channels/on-call\n',
    );
    cloudFormation.stacks.set('Streamwatch', { buckets: {} });
    const unknown = await destroy([], remove, [], 'unknown');
    expect(unknown.calls[0]?.saidBefore).toContain('stay under /Streamwatch/channels. Which, cannot');
    expect(unknown.said).not.toContain('aws ssm');
  });

  it('does not claim a removal when the person says no', async () => {
    const { exitCode, said, forgotten } = await destroy([], () => 0);
    expect(exitCode).toBe(1);
    expect(said).toContain('Streamwatch is still there.');
    expect(said).not.toContain('aws s3 rb');
    expect(forgotten).toBe(false);
  });

  it("passes on CDK's exit code", async () => {
    expect(await destroy(['--yes'], () => 3)).toMatchObject({
      exitCode: 3,
      forgotten: false,
      calls: [{ args: ['destroy', 'Streamwatch', '--force'] }],
    });
  });

  it('has nothing to do if there is no stack', async () => {
    cloudFormation.stacks.clear();
    expect(await destroy([], remove)).toMatchObject({
      exitCode: 0,
      calls: [],
      said: 'There is no stack Streamwatch in eu-central-1: nothing to remove.\n',
    });
  });

  it('explains what is missing', async () => {
    cloudFormation.fail = { code: 'ExpiredToken', message: 'x' };
    expect(await destroy([], remove)).toMatchObject({
      exitCode: 1,
      calls: [],
      said: 'Your AWS session has expired. Sign in again, for example with: aws sso login\n',
    });
  });
});

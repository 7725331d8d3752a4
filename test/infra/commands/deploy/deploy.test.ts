import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../../../../infra/aws/settings/config.ts';
import type { StackOutputs } from '../../../../infra/cli/outputs.ts';
import { UserError } from '../../../../infra/cli/user-error.ts';
import { runDeploy } from '../../../../infra/commands/deploy/deploy.ts';
import { TRUSTED_COLUMNS } from '../../../../services/contract/trusted.ts';
import { type FakeCloudFormation, fakeCloudFormation } from '../support/fake-cloudformation.ts';
import { listen } from '../support/listen.ts';

const OUTPUTS: StackOutputs = {
  Region: 'eu-central-1',
  StreamName: 's',
  AlertTopicArn: 'arn:aws:sns:eu-central-1:123456789012:alerts',
  LakeBucketName: 'l',
  FailureBucketName: 'f',
  DatabaseName: 'd',
  ReadingsTableName: 'readings',
  AlertsTableName: 'alerts',
  WorkGroupName: 'w',
  StateTableName: 't',
  DetectorFunctionName: 'fn',
  DashboardName: 'Dash',
};

let cloudFormation: FakeCloudFormation;
let asked: string[];
let closed: number;
let questions: string[];
let calls: { args: string[]; region: string | undefined }[];

beforeEach(async () => {
  cloudFormation = await fakeCloudFormation();
  cloudFormation.stacks.set('CDKToolkit', { outputs: { BootstrapVersion: '28' } });
  calls = [];
  asked = [];
  questions = [];
  closed = 0;
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', cloudFormation.url);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await cloudFormation.close();
});

interface Given {
  nodeVersion?: string;
  cdkExitCode?: number;
  outputs?: () => StackOutputs;
  /** What a person answers; undefined without a terminal. */
  answer?: boolean;
  /** `context` of cdk.json. */
  project?: Record<string, unknown>;
  /** Settings in the file of the environment. */
  file?: Record<string, unknown>;
  /** Of the trusted table. */
  columns?: string[];
  alterFails?: string;
}

async function deploy(argv: string[], given: Given = {}) {
  const { said, io } = listen();
  const exitCode = await runDeploy(argv, {
    ...io,
    nodeVersion: given.nodeVersion ?? '24.1.0',
    ask:
      given.answer === undefined
        ? undefined
        : async (question) => {
            questions.push(question);
            return given.answer === true;
          },
    wait: async () => {},
    now: () => 7,
    project: given.project ?? {},
    environment: () => parseConfig(given.file ?? {}),
    outputs: given.outputs ?? (() => OUTPUTS),
    athena: (outputs) => ({
      run: async (sql) => {
        asked.push(`${outputs.WorkGroupName}: ${sql}`);
        if (sql.startsWith('ALTER') && given.alterFails) throw new UserError(given.alterFails);
        return {
          columns: [],
          rows: (given.columns ?? []).map((name) => [name]),
          scannedBytes: 0,
          durationMs: 0,
        };
      },
      close: () => {
        closed += 1;
      },
    }),
    cdk: async (args, env) => {
      calls.push({ args, region: env.AWS_REGION });
      return given.cdkExitCode ?? 0;
    },
  });
  return { exitCode, said: said.stderr, stdout: said.stdout };
}

describe('npm run deploy', () => {
  it('deploys the one stack to the region it has checked, and says what to do next', async () => {
    const { exitCode, said } = await deploy([]);
    expect(exitCode).toBe(0);
    expect(calls).toEqual([{ args: ['deploy', 'Streamwatch'], region: 'eu-central-1' }]);
    expect(said).toContain('Streamwatch runs in eu-central-1. Next:');
    expect(said).toContain('npm run subscribe -- you@example.com');
    expect(said).toContain('npm run simulate');
    expect(said).toContain('npm run query');
    expect(said).toContain(
      'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards',
    );
  });

  it('passes on settings and consent', async () => {
    const { said } = await deploy(['-c', 'alertEmail=you@example.com', '--context', 'shards=2', '--yes']);
    expect(calls[0]?.args).toEqual([
      'deploy',
      'Streamwatch',
      '--context',
      'alertEmail=you@example.com',
      '--context',
      'shards=2',
      '--require-approval',
      'never',
    ]);
    expect(said).toContain('Confirm the subscription by the link in the mail to you@example.com');
    expect(said).not.toContain('npm run subscribe');
  });

  it('says what alarms and a budget still need to be heard', async () => {
    expect((await deploy([])).said).toContain('npm run deploy -- -c operationsEmail=you@example.com');
    expect((await deploy(['--env', 'prod'])).said).toContain(
      '"operationsEmail" in infra/environments/prod.json',
    );
    const { said } = await deploy(['-c', 'operationsEmail=ops@example.com', '-c', 'budgetUsd=50']);
    expect(said).toContain('subscription to alarms by the link in the mail to ops@example.com: no alarm');
    expect(said).toContain('Activate the cost allocation tag streamwatch-stack');
    expect(said).not.toContain('-c operationsEmail');
    cloudFormation.stacks.set('Streamwatch', {
      template: {
        Metadata: { 'streamwatch:settings': { operationsEmail: ['ops@example.com'], budgetUsd: 50 } },
      },
    });
    const { said: again } = await deploy([]);
    expect(again).not.toMatch(/subscription to alarms|cost allocation tag|-c operationsEmail/);
  });

  it('deploys an environment: its stack, by its file, with outputs of its own, which the next steps name', async () => {
    const { said } = await deploy(['--env', 'prod']);
    expect(calls[0]?.args).toEqual([
      ...['deploy', 'Streamwatch-prod', '--context', 'env=prod'],
      ...['--outputs-file', 'cdk-outputs.prod.json'],
    ]);
    expect(said).toContain('Streamwatch-prod runs in eu-central-1. Next:');
    expect(said).toContain('npm run subscribe -- you@example.com --env prod');
    expect(said).toContain('npm run query -- --env prod');
  });

  it('takes the region as the CDK command line does', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_DEFAULT_REGION', 'ap-southeast-2');
    await deploy([]);
    expect(calls[0]?.region).toBe('ap-southeast-2');
  });

  it("passes on CDK's exit code, and prints no next steps", async () => {
    const { exitCode, said } = await deploy([], { cdkExitCode: 7 });
    expect(exitCode).toBe(7);
    expect(said).toContain('Not deployed.');
    expect(said).not.toContain('Next:');
  });

  it('does not link to a console that it does not know', async () => {
    const outputs = { ...OUTPUTS, AlertTopicArn: 'arn:aws-cn:sns:cn-north-1:123456789012:alerts' };
    expect((await deploy([], { outputs: () => outputs })).said).not.toContain('https://');
  });

  it('says so if CDK wrote no outputs', async () => {
    const result = await deploy([], {
      outputs: () => {
        throw new UserError('No stack outputs');
      },
    });
    expect(result).toMatchObject({ exitCode: 1, said: expect.stringContaining('No stack outputs\n') });
  });
});

describe('settings of a stack', () => {
  const deployed = (settings: object, more: object = {}) =>
    cloudFormation.stacks.set('Streamwatch', {
      template: { Metadata: { 'streamwatch:settings': settings } },
      ...more,
    });
  const contexts = () => {
    const args = calls[0]?.args ?? [];
    return args.filter((_, i) => args[i - 1] === '--context').sort();
  };
  const TWO = ['alert@example.com', 'other@example.com'];

  it('are kept by a plain deployment, which says so and asks nothing', async () => {
    deployed({ shards: 4, alertEmail: TWO });
    const { exitCode, said } = await deploy([]);
    expect(exitCode).toBe(0);
    expect(contexts()).toEqual(['alertEmail=alert@example.com,other@example.com', 'shards=4']);
    expect(said).toContain('  alertEmail: keeps 2\n  shards: keeps 4\n');
    expect(said).not.toContain('Confirm the subscription');
  });

  it('are changed by those given, and the others kept', async () => {
    deployed({ shards: 4, streamRetentionHours: 168 });
    const { said } = await deploy(['-c', 'shards=8']);
    expect(contexts()).toEqual(['shards=8', 'streamRetentionHours=168']);
    expect(said).toContain('  shards 4 → 8\n  streamRetentionHours: keeps 168\n');
  });

  it('the protection that somebody has switched on by hand is not taken away without a word', async () => {
    deployed({}, { isProtected: true });
    const refused = await deploy([]);
    expect(refused).toMatchObject({ exitCode: 1, said: expect.stringContaining('on by hand → off') });
    expect(calls).toEqual([]);
    const { exitCode, said } = await deploy(['-c', 'terminationProtection=on']);
    expect([exitCode, contexts()]).toEqual([0, ['terminationProtection=on']]);
    expect(said).not.toContain('by hand');
  });

  it('are asked for before something is taken away; a no deploys nothing', async () => {
    deployed({ alertEmail: TWO, streamRetentionHours: 168 });
    const away = ['-c', 'alertEmail=alert@example.com', '-c', 'streamRetentionHours='];
    const no = await deploy(away, { answer: false });
    expect(no).toMatchObject({ exitCode: 1, said: expect.stringContaining('Not deployed.\n') });
    expect(no.said).toContain('  alertEmail: keeps 1, removes o…@example.com (no more mails there');
    expect(no.said).toContain('  streamRetentionHours 168 → 24 (the stream deletes what is older');
    expect(calls).toEqual([]);
    expect(await deploy(away, { answer: true })).toMatchObject({ exitCode: 0 });
    expect(contexts()).toEqual(['alertEmail=alert@example.com']);
    expect(questions).toHaveLength(2);
  });

  it('cannot be taken away without a terminal, unless by --yes', async () => {
    deployed({ shards: 4 });
    const { exitCode, said } = await deploy(['-c', 'shards=2']);
    expect(exitCode).toBe(1);
    expect(said).toContain(
      'Nobody can be asked here, without a terminal. If that is meant, say so with: --yes\n',
    );
    expect(calls).toEqual([]);
    expect((await deploy(['-c', 'shards=2', '--yes'])).exitCode).toBe(0);
    expect(contexts()).toEqual(['shards=2']);
  });

  it('cannot make more of the stream in one step than Kinesis does', async () => {
    deployed({ shards: 4 });
    for (const [shards, first] of [
      [1, 2],
      [9, 8],
    ]) {
      const { exitCode, said } = await deploy(['-c', `shards=${shards}`, '--yes']);
      expect(exitCode).toBe(1);
      expect(said).toContain(
        `shards 4 → ${shards}: Kinesis takes 2 to 8 in one step. Deploy with shards=${first} first.`,
      );
    }
    expect(calls).toEqual([]);
  });

  it('of cdk.json count before those remembered, and after those given', async () => {
    deployed({ shards: 4, batchSize: 50 });
    const project = { shards: 6, batchSize: 60, '@aws-cdk/core:flag': true };
    await deploy(['-c', 'batchSize=70'], { project });
    expect(contexts()).toEqual(['batchSize=70', 'shards=6']);
  });

  it('are compared with the file of an environment, which is the truth', async () => {
    cloudFormation.stacks.set('Streamwatch-prod', {
      template: { Metadata: { 'streamwatch:settings': { shards: 4, batchSize: 50 } } },
    });
    const refused = await deploy(['--env', 'prod'], { file: { shards: 8 } });
    expect(refused.exitCode).toBe(0);
    expect(refused.said).toContain('  shards 4 → 8\n  batchSize 50 → 100\n');
    expect(contexts()).toEqual(['env=prod']);
    expect((await deploy(['--env', 'prod'], { file: {}, answer: false })).exitCode).toBe(1);
  });

  it('are unknown where an earlier version was deployed: that is asked for once', async () => {
    cloudFormation.stacks.set('Streamwatch', { template: { Resources: {} } });
    const { exitCode, said } = await deploy([], { answer: false });
    expect(exitCode).toBe(1);
    expect(said).toContain('Settings of the deployed version are unknown');
  });

  it('of a stack that never came up are not kept', async () => {
    deployed({ shards: 400 }, { status: 'ROLLBACK_COMPLETE' });
    expect((await deploy([])).exitCode).toBe(0);
    expect(contexts()).toEqual([]);
  });

  it('that this version does not know or allow are dropped, which is asked for', async () => {
    deployed({ shards: 900, color: 'red' });
    const { said } = await deploy([], { answer: true });
    expect(said).toContain('  shards: Expected a whole number of shards from 1 to 500, got 900.');
    expect(said).toContain('  color: no longer a setting\n');
    expect(contexts()).toEqual([]);
    expect(questions).toHaveLength(1);
  });

  it('forget the shards of a stream that is to scale by itself', async () => {
    deployed({ shards: 4 });
    const { said } = await deploy(['-c', 'streamMode=on-demand']);
    expect(contexts()).toEqual(['streamMode=on-demand']);
    expect(said).toContain('  streamMode provisioned → on-demand\n');
    expect(said).not.toContain('shards');
  });

  it('are shown by --diff, with the differences that CDK finds, and nothing is deployed', async () => {
    deployed({ shards: 4 });
    const { said } = await deploy(['--diff', '-c', 'shards=2']);
    expect(calls[0]?.args).toEqual([
      ...['diff', 'Streamwatch', '--context', 'shards=2', '--method', 'template'],
    ]);
    expect(said).toBe('Comparing Streamwatch in eu-central-1.\n  shards 4 → 2 (the stream takes less)\n');
  });

  it('that are not allowed deploy nothing', async () => {
    const { exitCode, said } = await deploy(['-c', 'shards=0']);
    expect([exitCode, said]).toEqual([
      1,
      'shards: Expected a whole number of shards from 1 to 500, got "0". Set it with: -c shards=1\n',
    ]);
    expect(calls).toEqual([]);
  });
});

describe('a contract that has gained a column', () => {
  const outputs = () => ({ ...OUTPUTS, MaintenanceWorkGroupName: 'jobs' });
  const before = TRUSTED_COLUMNS.map(({ name }) => name).filter((name) => name !== 'ram' && name !== 'hd');

  it('gives it to the trusted table, in the workgroup of its jobs', async () => {
    const { exitCode, said } = await deploy([], { outputs, columns: before });
    expect(exitCode).toBe(0);
    expect(asked).toEqual([
      "jobs: SELECT column_name FROM information_schema.columns WHERE table_schema = 'd' AND table_name = 'readings_trusted'",
      'jobs: ALTER TABLE readings_trusted ADD COLUMNS (ram double, hd double)',
    ]);
    expect(said).toContain('The trusted table has new columns: ram, hd.\n');
    expect(closed).toBe(1);
  });

  it('changes nothing where the table has all, or is not there yet', async () => {
    for (const columns of [TRUSTED_COLUMNS.map(({ name }) => name), []]) {
      expect((await deploy([], { outputs, columns })).exitCode).toBe(0);
    }
    expect(asked.filter((sql) => sql.includes('ALTER'))).toEqual([]);
  });

  it('says what to do where that fails: the stack is deployed all the same', async () => {
    const { exitCode, said } = await deploy([], {
      outputs,
      columns: before,
      alterFails: 'Athena: FAILED no',
    });
    expect(exitCode).toBe(1);
    expect(said).toContain('The stack is deployed, but');
    expect(said).toContain('run in Athena: ALTER TABLE readings_trusted ADD COLUMNS (ram double, hd double)');
    expect(closed).toBe(1);
  });
});

describe('before anything is changed', () => {
  const refused = async (argv: string[], given: Given = {}) => {
    const { exitCode, said } = await deploy(argv, given);
    expect(calls).toEqual([]);
    return { exitCode, said };
  };

  it.each(['18.20.0', '20.18.9'])('an old Node (%s) is refused', async (nodeVersion) => {
    expect(await refused([], { nodeVersion })).toEqual({
      exitCode: 1,
      said: `Expected Node 20.19.0 or newer, got ${nodeVersion}. Get one at https://nodejs.org\n`,
    });
  });

  it('for an account that is not bootstrapped, the command is shown', async () => {
    cloudFormation.stacks.clear();
    const { exitCode, said } = await refused([]);
    expect(exitCode).toBe(1);
    expect(said).toContain('This account is not bootstrapped for CDK in eu-central-1.');
    expect(said).toContain('AWS_REGION=eu-central-1 npx cdk bootstrap');
  });

  it('a bootstrap stack that is too old is distinguished from a missing one', async () => {
    cloudFormation.stacks.set('CDKToolkit', { outputs: { BootstrapVersion: '5' } });
    expect((await refused([])).said).toContain(
      "CDK's bootstrap stack in eu-central-1 is too old (version 5, not 6).",
    );
  });

  it.each([
    ['ExpiredToken', 'Your AWS session has expired. Sign in again, for example with: aws sso login'],
    ['InvalidClientTokenId', 'AWS does not know these credentials.'],
    ['AccessDenied', 'These credentials may not look at stacks, which a deployment needs: because'],
    ['InternalFailureOfSorts', 'CloudFormation refused: because'],
  ])('%s is explained', async (code, explanation) => {
    cloudFormation.fail = { code, message: 'because' };
    const { exitCode, said } = await refused([]);
    expect(exitCode).toBe(1);
    expect(said).toContain(explanation);
    expect(said).not.toMatch(/\n\s+at /);
  });

  it('a machine without network is distinguished from one without permissions', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', 'http://127.0.0.1:1');
    expect((await refused([])).said).toBe(
      'CloudFormation does not answer (ECONNREFUSED). Is this machine online?\n',
    );
  });

  it('misuse exits with 2', async () => {
    expect((await refused(['-c', 'shards'])).exitCode).toBe(2);
    expect((await refused(['--env', 'Prod'])).exitCode).toBe(2);
    expect(await refused(['--env', 'prod', '-c', 'shards=2'])).toEqual({
      exitCode: 2,
      said: 'error: shards: environment prod has its settings in infra/environments/prod.json. Change them there.\n',
    });
    const { exitCode, said } = await refused(['--contxt', 'shards=1']);
    expect(exitCode).toBe(2);
    expect(said).toContain('Did you mean --context?');
    const help = await deploy(['--help']);
    expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Usage: npm run deploy --') });
  });
});

/**
 * Deployments through the CDK command line itself, against a mock of AWS. It takes minutes, and moto, so it is run where
 * it is asked for: REHEARSE=1 npx vitest run test/rehearse
 */
import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mock, type Ran, whySkipped } from './support/mock.ts';

const LONGEST_MS = 600_000;
const skipped = whySkipped();
const title = `deployments on a mock of AWS${skipped === undefined ? '' : ` (skipped: ${skipped})`}`;

describe.skipIf(skipped !== undefined)(title, { timeout: LONGEST_MS }, () => {
  let mock: Mock;
  beforeAll(async () => {
    mock = await Mock.start();
  });
  afterAll(() => mock?.close());

  const deploy = (...args: string[]) => mock.run('infra/commands/deploy/deploy.ts', ...args);
  const destroy = (...args: string[]) => mock.run('infra/commands/deploy/destroy.ts', '--yes', ...args);
  /** The lines that the command itself says, without those of CDK. */
  const settingsIn = ({ said }: Ran) => said.split('\n').filter((line) => /^ {2}\w+(?:: | .* → )/.test(line));

  async function ask<T>(act: (client: CloudFormationClient) => Promise<T>): Promise<T> {
    const client = new CloudFormationClient({ region: 'eu-central-1', endpoint: mock.endpoint });
    try {
      return await act(client);
    } finally {
      client.destroy();
    }
  }
  const stacks = () =>
    ask(async (client) => {
      const { Stacks = [] } = await client.send(new DescribeStacksCommand({}));
      return Stacks.map(({ StackName }) => StackName).sort();
    });
  const shardsOf = (StackName: string) =>
    ask(async (client) => {
      const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName }));
      const { Resources } = JSON.parse(TemplateBody) as {
        Resources: Record<string, { Type: string; Properties: { ShardCount?: number } }>;
      };
      const stream = Object.values(Resources).find(({ Type }) => Type === 'AWS::Kinesis::Stream');
      return stream?.Properties.ShardCount;
    });

  it('an account that is not bootstrapped is said so, and bootstrapped with the command that is shown', async () => {
    const { exitCode, said } = await deploy('--yes');
    expect([exitCode, said]).toEqual([
      1,
      expect.stringContaining('AWS_REGION=eu-central-1 npx cdk bootstrap'),
    ]);
    expect((await mock.cdk('bootstrap', 'aws://123456789012/eu-central-1', '--app', '')).exitCode).toBe(0);
  });

  it('the first deployment writes its outputs, and says what to do next', async () => {
    const ran = await deploy('--yes', '-c', 'alertEmail=a@example.com,b@example.com', '-c', 'shards=4');
    expect(ran.exitCode, ran.said).toBe(0);
    expect(ran.said).toContain(
      'Confirm the subscription by the link in the mail to a@example.com, b@example.com',
    );
    expect(mock.read('cdk-outputs.json')?.Streamwatch?.StreamName).toContain('Streamwatch');
    expect(await shardsOf('Streamwatch')).toBe(4);
  });

  it('the second one keeps the settings, without being told them', async () => {
    const ran = await deploy('-c', 'batchSize=50');
    expect(ran.exitCode, ran.said).toBe(0);
    expect(settingsIn(ran)).toEqual(['  alertEmail: keeps 2', '  shards: keeps 4', '  batchSize 100 → 50']);
    expect(await shardsOf('Streamwatch')).toBe(4);
  });

  it('one that takes something away asks, and is refused where nobody can answer', async () => {
    const refused = await deploy('-c', 'shards=2');
    expect(refused.exitCode).toBe(1);
    expect(refused.said).toContain('shards 4 → 2 (the stream takes less)');
    expect(refused.said).toContain('say so with: --yes');
    expect(await shardsOf('Streamwatch')).toBe(4);
    const meant = await deploy('-c', 'shards=2', '-c', 'batchSize=', '--yes');
    expect(meant.exitCode, meant.said).toBe(0);
    expect(await shardsOf('Streamwatch')).toBe(2);
  });

  it('an environment is another stack, with its own settings and outputs', async () => {
    mock.write('infra/environments/prod.json', { shards: 8 });
    const ran = await deploy('--env', 'prod', '--yes');
    expect(ran.exitCode, ran.said).toBe(0);
    expect(await stacks()).toEqual(['CDKToolkit', 'Streamwatch', 'Streamwatch-prod']);
    expect([await shardsOf('Streamwatch'), await shardsOf('Streamwatch-prod')]).toEqual([2, 8]);
    const [own, prod] = [mock.read('cdk-outputs.json'), mock.read('cdk-outputs.prod.json')];
    expect([Object.keys(own ?? {}), Object.keys(prod ?? {})]).toEqual([
      ['Streamwatch'],
      ['Streamwatch-prod'],
    ]);
    const shared = Object.entries(own?.Streamwatch ?? {}).filter(
      ([name, value]) =>
        prod?.['Streamwatch-prod']?.[name] === value && !/^Region$|TrustedTableName/.test(name),
    );
    expect(shared).toEqual([]);
  });

  it('destroy removes one and leaves the other; a new deployment begins without what the old one remembered', async () => {
    const gone = await destroy();
    expect(gone.exitCode, gone.said).toBe(0);
    expect(gone.said).toContain('Streamwatch is gone. The buckets stay');
    expect(await stacks()).toEqual(['CDKToolkit', 'Streamwatch-prod']);
    expect(mock.read('cdk-outputs.json')).toBeUndefined();
    expect(mock.read('cdk-outputs.prod.json')).toBeDefined();
    const again = await deploy('--yes');
    expect(again.exitCode, again.said).toBe(0);
    expect(settingsIn(again)).toEqual([]);
    expect(await shardsOf('Streamwatch')).toBe(1);
    expect((await destroy('--env', 'prod')).exitCode).toBe(0);
    expect(await stacks()).toEqual(['CDKToolkit', 'Streamwatch']);
  });
});

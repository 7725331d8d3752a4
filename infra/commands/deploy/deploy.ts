/** `npm run deploy`: checks whether the CDK command line can succeed, runs it, and shows the next steps. */
import { Command } from 'commander';
import { STACK_NAME } from '../../../services/contract/stack.ts';
import { addSetting } from '../../cli/arguments.ts';
import { Athena } from '../../cli/athena-client.ts';
import { Stacks } from '../../cli/aws-stacks.ts';
import { readOutputs, type StackOutputs } from '../../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { UserError } from '../../cli/user-error.ts';
import { type RunCdk, runCdk } from './cdk.ts';
import { type AthenaFor, addTrustedColumns } from './trusted-columns.ts';

interface Flags {
  context?: Record<string, string>;
  profile?: string;
  yes?: true;
}

/** Everything that the command touches; tests replace it. */
export interface DeployWorld extends Io {
  nodeVersion: string;
  cdk: RunCdk;
  /** The outputs that CDK wrote after the deployment. */
  outputs(): StackOutputs;
  athena: AthenaFor;
}

/** The same as `engines` in package.json. */
const OLDEST_NODE = '20.19.0';
/** Name of CDK's own stack in a bootstrapped account, and the version that our template asks for. */
const BOOTSTRAP_STACK = 'CDKToolkit';
const OLDEST_BOOTSTRAP = 6;

/**
 * Runs the command with the arguments that follow its name.
 * @returns the exit code: 0 deployed, 1 not (or CDK's own), 2 misused
 */
export function runDeploy(argv: string[], world: DeployWorld): Promise<number> {
  const command = new Command('npm run deploy --')
    .description('Puts the pipeline into an AWS account, or brings it up to date.')
    .option('-c, --context <name=value>', 'a setting, such as alertEmail=you@example.com', addSetting)
    .option('--profile <name>', 'AWS profile to use')
    .option('-y, --yes', 'do not ask before permissions change')
    .addHelpText('after', '\nAll settings with their units and defaults: docs/operations.md#settings');
  return runCommandLine(command, argv, world, (flags: Flags) => deploy(flags, world));
}

async function deploy(
  flags: Flags,
  { nodeVersion, cdk, outputs, athena, stderr }: DeployWorld,
): Promise<number> {
  checkNode(nodeVersion);
  if (flags.profile) process.env.AWS_PROFILE = flags.profile;
  const stacks = await Stacks.open();
  try {
    await checkBootstrap(stacks);
  } finally {
    stacks.close();
  }
  stderr(`Deploying ${STACK_NAME} to ${stacks.region}.\n`);
  const { context = {} } = flags;
  const settings = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
  const consent = flags.yes ? ['--require-approval', 'never'] : [];
  const exitCode = await cdk(['deploy', STACK_NAME, ...settings, ...consent], {
    ...process.env,
    AWS_REGION: stacks.region,
  });
  if (exitCode !== 0) {
    stderr('Not deployed. The reason is above.\n');
    return exitCode;
  }
  const deployed = outputs();
  const added = await addTrustedColumns(deployed, athena);
  if (added.length > 0) stderr(`The trusted table has new columns: ${added.join(', ')}.\n`);
  stderr(nextSteps(deployed, context));
  return 0;
}

function checkNode(version: string): void {
  if (compareVersions(version, OLDEST_NODE) >= 0) return;
  throw new UserError(`Expected Node ${OLDEST_NODE} or newer, got ${version}. Get one at https://nodejs.org`);
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  const at = left.findIndex((part, i) => part !== right[i]);
  return at === -1 ? 0 : (left[at] as number) - (right[at] ?? 0);
}

async function checkBootstrap(stacks: Stacks): Promise<void> {
  const toolkit = await stacks.find(BOOTSTRAP_STACK);
  const version = Number(
    toolkit?.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue,
  );
  if (toolkit && version >= OLDEST_BOOTSTRAP) return;
  throw new UserError(
    [
      toolkit
        ? `CDK's bootstrap stack in ${stacks.region} is too old (version ${version || 'unknown'}, not ${OLDEST_BOOTSTRAP}).`
        : `This account is not bootstrapped for CDK in ${stacks.region}.`,
      `Do that once with: AWS_REGION=${stacks.region} npx cdk bootstrap`,
      '(Bootstrapped under another name? Then deploy with: npx cdk deploy --toolkit-stack-name NAME)',
    ].join('\n'),
  );
}

function nextSteps(outputs: StackOutputs, { alertEmail: address }: Record<string, string>): string {
  const lines = [
    '',
    `${STACK_NAME} runs in ${outputs.Region}. Next:`,
    address
      ? `  Confirm the subscription by the link in the mail to ${address}: no alert comes before.`
      : '  npm run subscribe -- you@example.com                alerts by e-mail',
    '  npm run simulate -- --devices 100 --anomaly-rate 0.01   readings, some of them wrong',
    '  npm run query                                       what the history can be asked',
  ];
  // Other partitions have other consoles.
  if (outputs.DashboardName && outputs.AlertTopicArn.startsWith('arn:aws:')) {
    const console = `https://${outputs.Region}.console.aws.amazon.com/cloudwatch/home?region=${outputs.Region}`;
    lines.push(`  ${console}#dashboards/dashboard/${outputs.DashboardName}`);
  }
  return `${lines.join('\n')}\n`;
}

await runAsProgram(import.meta.url, (argv, io) =>
  runDeploy(argv, {
    ...io,
    nodeVersion: process.versions.node,
    cdk: runCdk,
    outputs: () => readOutputs({ local: false }),
    athena: (outputs) => new Athena(outputs),
  }),
);

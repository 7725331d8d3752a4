/** `npm run deploy`: checks whether the CDK command line can succeed, runs it, and shows the next steps. */
import { Command } from 'commander';
import { addSetting, environment } from '../../cli/arguments.ts';
import { Athena } from '../../cli/athena-client.ts';
import { Stacks } from '../../cli/aws-stacks.ts';
import { type StackChoice, targetStack } from '../../cli/find-stack.ts';
import { awsOutputsFile, readOutputs, type StackOutputs } from '../../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { UserError } from '../../cli/user-error.ts';
import { inEnvironment, type RunCdk, runCdk } from './cdk.ts';
import { nextSteps } from './next-steps.ts';
import { checkBootstrap, checkNode } from './preflight.ts';
import { type AthenaFor, addTrustedColumns } from './trusted-columns.ts';

interface Flags extends StackChoice {
  context?: Record<string, string>;
  profile?: string;
  yes?: true;
}

/** Everything that the command touches; tests replace it. */
export interface DeployWorld extends Io {
  nodeVersion: string;
  cdk: RunCdk;
  /** The outputs that CDK wrote after the deployment. */
  outputs(env: string | undefined): StackOutputs;
  athena: AthenaFor;
}

/**
 * Runs the command with the arguments that follow its name.
 * @returns the exit code: 0 deployed, 1 not (or CDK's own), 2 misused
 */
export function runDeploy(argv: string[], world: DeployWorld): Promise<number> {
  const command = new Command('npm run deploy --')
    .description('Puts the pipeline into an AWS account, or brings it up to date.')
    .option('-c, --context <name=value>', 'a setting, such as alertEmail=you@example.com', addSetting)
    .option('--env <name>', 'an environment: stack Streamwatch-NAME, by infra/environments', environment)
    .option('--stack <name>', 'the same by the name of its stack')
    .option('--profile <name>', 'AWS profile to use')
    .option('-y, --yes', 'do not ask before permissions change')
    .addHelpText('after', '\nAll settings with their units and defaults: docs/operations.md#settings');
  return runCommandLine(command, argv, world, (flags: Flags) => deploy(flags, world));
}

async function deploy(
  flags: Flags,
  { nodeVersion, cdk, outputs, athena, stderr }: DeployWorld,
): Promise<number> {
  const target = targetStack(flags);
  const { stackName, env } = target;
  const { context = {} } = flags;
  refuseSettingsBeside(env, Object.keys(context));
  checkNode(nodeVersion);
  if (flags.profile) process.env.AWS_PROFILE = flags.profile;
  const stacks = await Stacks.open();
  try {
    await checkBootstrap(stacks);
  } finally {
    stacks.close();
  }
  stderr(`Deploying ${stackName} to ${stacks.region}.\n`);
  const settings = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
  const outputsFile = env === undefined ? [] : ['--outputs-file', awsOutputsFile(env)];
  const consent = flags.yes ? ['--require-approval', 'never'] : [];
  const exitCode = await cdk(
    ['deploy', stackName, ...inEnvironment(env), ...settings, ...outputsFile, ...consent],
    { ...process.env, AWS_REGION: stacks.region },
  );
  if (exitCode !== 0) {
    stderr('Not deployed. The reason is above.\n');
    return exitCode;
  }
  const deployed = outputs(env);
  const added = await addTrustedColumns(deployed, athena);
  if (added.length > 0) stderr(`The trusted table has new columns: ${added.join(', ')}.\n`);
  const { alertEmail } = context;
  stderr(nextSteps(target, deployed, alertEmail ? [alertEmail] : []));
  return 0;
}

/** @throws UserError, a misuse: the file of an environment is the only source of its settings */
function refuseSettingsBeside(env: string | undefined, names: readonly string[]): void {
  if (env === undefined || names.length === 0) return;
  throw UserError.misuse(
    `${names.join(', ')}: environment ${env} has its settings in infra/environments/${env}.json. Change them there.`,
  );
}

await runAsProgram(import.meta.url, (argv, io) =>
  runDeploy(argv, {
    ...io,
    nodeVersion: process.versions.node,
    cdk: runCdk,
    outputs: (env) => readOutputs({ local: false, env }),
    athena: (outputs) => new Athena(outputs),
  }),
);

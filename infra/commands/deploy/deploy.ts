/** `npm run deploy`: checks whether the CDK command line can succeed, runs it, and shows the next steps. */
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { type Config, isKnob } from '../../aws/settings/config.ts';
import { readEnvironment } from '../../aws/settings/environments.ts';
import { addSetting, environment } from '../../cli/arguments.ts';
import { Athena } from '../../cli/athena-client.ts';
import { Stacks } from '../../cli/aws-stacks.ts';
import { cdkContext } from '../../cli/cdk-json.ts';
import { type Ask, askOnTerminal, isAgreed } from '../../cli/confirm.ts';
import { type StackChoice, targetStack } from '../../cli/find-stack.ts';
import { awsOutputsFile, readOutputs, type StackOutputs } from '../../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { UserError } from '../../cli/user-error.ts';
import { inEnvironment, type RunCdk, runCdk } from './cdk.ts';
import type { Wait } from './drift-api.ts';
import { nextSteps } from './next-steps.ts';
import { type Plan, type PlanSources, planFor } from './plan.ts';
import { checkBootstrap, checkNode } from './preflight.ts';
import { revertDrift } from './revert-drift.ts';
import { type AthenaFor, addTrustedColumns } from './trusted-columns.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');

interface Flags extends StackChoice {
  context?: Record<string, string>;
  profile?: string;
  yes?: true;
  diff?: true;
  revertDrift?: true;
}

/** Everything that the command touches; tests replace it. */
export interface DeployWorld extends Io {
  nodeVersion: string;
  cdk: RunCdk;
  ask: Ask;
  wait: Wait;
  now(): number;
  /** `context` of cdk.json. */
  project: Record<string, unknown>;
  /** Settings of an environment, from its file. */
  environment(name: string): Config;
  /** The outputs that CDK wrote after the deployment. */
  outputs(env: string | undefined): StackOutputs;
  athena: AthenaFor;
}

/** @returns CDK's own exit code where that fails */
export function runDeploy(argv: string[], world: DeployWorld): Promise<number> {
  const command = new Command('npm run deploy --')
    .description('Puts the pipeline into an AWS account, or brings it up to date. Settings are kept.')
    .option(
      '-c, --context <name=value>',
      'a setting, such as shards=2; without a value: its default',
      addSetting,
    )
    .option('--env <name>', 'an environment: stack Streamwatch-NAME, by infra/environments', environment)
    .option('--stack <name>', 'the same by the name of its stack')
    .option('--profile <name>', 'AWS profile to use')
    .option('--diff', 'show what a deployment would change, and deploy nothing')
    .addOption(
      new Option('--revert-drift', 'deploy nothing new: put back what was changed by hand').conflicts([
        ...['context', 'diff'],
      ]),
    )
    .option('-y, --yes', 'do not ask: neither before something is taken away, nor for permissions')
    .addHelpText('after', '\nAll settings with their units and defaults: docs/operations.md#settings');
  return runCommandLine(command, argv, world, (flags: Flags) => deploy(flags, world));
}

async function deploy(flags: Flags, world: DeployWorld): Promise<number> {
  const { cdk, stderr } = world;
  const target = targetStack(flags);
  const { stackName, env } = target;
  const { context: given = {}, diff } = flags;
  if (env !== undefined) refuseSettings(env, Object.keys(given));
  checkNode(world.nodeVersion);
  if (flags.profile) process.env.AWS_PROFILE = flags.profile;
  if (flags.revertDrift) return revertDrift({ ...world, stackName, yes: flags.yes === true });
  const { plan, region } = await prepare({ ...world, ...target, given });
  stderr(`${diff ? `Comparing ${stackName} in` : `Deploying ${stackName} to`} ${region}.\n`);
  for (const { text } of plan.changes) stderr(`  ${text}\n`);
  const run = (verb: string, more: string[]) =>
    cdk([verb, stackName, ...inEnvironment(env), ...asOptions(plan.context), ...more], {
      ...process.env,
      AWS_REGION: region,
    });
  // Compares templates: it makes no change set, and needs no right to make one.
  if (diff) return run('diff', ['--method', 'template']);
  if (!(await isMeant(plan, flags, world))) {
    stderr('Not deployed.\n');
    return 1;
  }
  const outputsFile = env === undefined ? [] : ['--outputs-file', awsOutputsFile(env)];
  const consent = flags.yes ? ['--require-approval', 'never'] : [];
  const exitCode = await run('deploy', [...outputsFile, ...consent]);
  if (exitCode === 0) await afterDeployment(target, plan, world);
  else stderr('Not deployed. The reason is above.\n');
  return exitCode;
}

const asOptions = (context: Record<string, string>): string[] =>
  Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);

/** @throws UserError where the stack is deployed, and something is left to do */
async function afterDeployment(
  target: ReturnType<typeof targetStack>,
  { news }: Plan,
  { outputs, athena, stderr }: DeployWorld,
): Promise<void> {
  const deployed = outputs(target.env);
  const added = await addTrustedColumns(deployed, athena);
  if (added.length > 0) stderr(`The trusted table has new columns: ${added.join(', ')}.\n`);
  stderr(nextSteps(target, deployed, news));
}

/** @throws UserError, a misuse: the file of an environment is the only source of its settings */
function refuseSettings(env: string, names: readonly string[]): void {
  const ours = names.filter(isKnob);
  if (ours.length === 0) return;
  throw UserError.misuse(
    `${ours.join(', ')}: environment ${env} has its settings in infra/environments/${env}.json. Change them there.`,
  );
}

async function prepare(sources: PlanSources): Promise<{ plan: Plan; region: string }> {
  const stacks = await Stacks.open();
  try {
    await checkBootstrap(stacks);
    return { plan: await planFor(stacks, sources), region: stacks.region };
  } finally {
    stacks.close();
  }
}

const isMeant = async ({ changes }: Plan, { yes }: Flags, { ask, stderr: say }: DeployWorld) =>
  !changes.some(({ takesAway }) => takesAway) ||
  isAgreed('That takes something away. Deploy?', { yes: yes === true, ask, say });

await runAsProgram(import.meta.url, (argv, io) =>
  runDeploy(argv, {
    ...io,
    nodeVersion: process.versions.node,
    cdk: runCdk,
    ask: askOnTerminal(),
    wait,
    now: Date.now,
    get project() {
      return cdkContext(PROJECT);
    },
    environment: readEnvironment,
    outputs: (env) => readOutputs({ local: false, env }),
    athena: (outputs) => new Athena(outputs),
  }),
);

/** `npm run destroy`: removes the stack, and says what remains and how to remove that too. */
import { rmSync } from 'node:fs';
import { Command } from 'commander';
import { channelsPathOf } from '../../../services/contract/stack.ts';
import { ENVIRONMENTS_FOLDER, hasEnvironment } from '../../aws/settings/environments.ts';
import { environment } from '../../cli/arguments.ts';
import { type Bucket, Stacks } from '../../cli/aws-stacks.ts';
import { type StackChoice, targetStack } from '../../cli/find-stack.ts';
import { awsOutputsFile } from '../../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { sameStack } from '../../cli/same-stack.ts';
import { UserError } from '../../cli/user-error.ts';
import { channelParameters } from '../channel/channel-parameters.ts';
import { enrolledSites } from '../enroll/enrolled-sites.ts';
import { inEnvironment, type RunCdk, runCdk } from './cdk.ts';

interface Flags extends StackChoice {
  profile?: string;
  yes?: true;
}

/** Everything that the command touches; tests replace it. */
export interface DestroyWorld extends Io {
  cdk: RunCdk;
  /** Is the file with the settings of this environment here? Without it, CDK has no stack to remove. */
  hasSettings(env: string): boolean;
  /** Names of the sites that are enrolled; undefined where that cannot be found out. */
  enrolledSites(stackName: string): Promise<string[] | undefined>;
  /** Names of the parameters with its channels; undefined where they cannot be found out. */
  channelParameters(stackName: string, region: string): Promise<string[] | undefined>;
  /** Removes the outputs file: names that no longer exist would mislead the other commands. */
  forgetOutputs(env: string | undefined): void;
}

export function runDestroy(argv: string[], world: DestroyWorld): Promise<number> {
  const command = new Command('npm run destroy --')
    .description('Removes the pipeline from the AWS account. The lake and the failed batches stay.')
    .option('--env <name>', 'the environment to remove: the stack Streamwatch-NAME', environment)
    .option('--stack <name>', 'the same by the name of its stack')
    .option('--profile <name>', 'AWS profile to use')
    .option('-y, --yes', 'do not ask');
  return runCommandLine(command, argv, world, (flags: Flags) => destroy(flags, world));
}

async function destroy(
  flags: Flags,
  { cdk, hasSettings, enrolledSites, channelParameters, forgetOutputs, stderr }: DestroyWorld,
): Promise<number> {
  const { stackName, env } = targetStack(flags);
  if (flags.profile) process.env.AWS_PROFILE = flags.profile;
  const stacks = await Stacks.open();
  try {
    if (!(await stacks.find(stackName))) {
      stderr(`There is no stack ${stackName} in ${stacks.region}: nothing to remove.\n`);
      return 0;
    }
    if (env !== undefined && !hasSettings(env)) throw withoutFile(env);
    const buckets = await stacks.buckets(stackName);
    const sites = await enrolledSites(stackName);
    const channels = await channelParameters(stackName, stacks.region);
    stderr(
      [
        `Removes ${stackName} from ${stacks.region}: stream, detector, incidents, alerts, queries, logs.`,
        'Keeps these buckets with all that is in them:',
        ...buckets.map(({ name }) => `  ${name}`),
        ...channelsThatStay(channels, stackName),
        ...sitesThatStay(sites, sameStack(flags)),
        '',
      ].join('\n'),
    );
    const consent = flags.yes ? ['--force'] : [];
    const exitCode = await cdk(['destroy', stackName, ...inEnvironment(env), ...consent], {
      ...process.env,
      AWS_REGION: stacks.region,
    });
    // CDK also exits with 0 when the user answers no.
    if (exitCode !== 0 || (await stacks.find(stackName))) {
      stderr(`${stackName} is still there.\n`);
      return exitCode || 1;
    }
    forgetOutputs(env);
    stderr(howToDelete({ stackName, region: stacks.region, buckets, channels: channels ?? [] }));
    return 0;
  } finally {
    stacks.close();
  }
}

/** To remove a stack, its name is enough: the settings only have to be there. */
function withoutFile(env: string): UserError {
  const file = `${ENVIRONMENTS_FOLDER}/${env}.json`;
  return new UserError(
    `Expected ${file}, which is not here: to destroy without it, empty settings do: echo '{}' > ${file}`,
  );
}

/** Things, certificates, and the keys by which requests are counted are not part of the stack. */
const sitesThatStay = (sites: string[] | undefined, stack: string): string[] => {
  if (sites === undefined)
    return ['Sites that are enrolled at AWS IoT stay, without access. Which, cannot be found out.'];
  if (sites.length === 0) return [];
  return [
    'Keeps these sites enrolled at AWS IoT, or their API keys; certificates and tokens can do nothing any more:',
    ...sites.map((site) => `  ${site}`),
    `To remove them too, answer no, and first: npm run enroll -- --remove SITE${stack}`,
  ];
};

/** Their addresses and keys let anybody post; the stack knows only where they are. */
const channelsThatStay = (channels: string[] | undefined, stackName: string): string[] => {
  if (channels === undefined)
    return [
      `Channels, with their secrets, stay under ${channelsPathOf(stackName)}. Which, cannot be found out.`,
    ];
  if (channels.length === 0) return [];
  return [
    'Keeps the channels, with their secrets, in the Parameter Store:',
    ...channels.map((name) => `  ${name}`),
  ];
};

interface Kept {
  stackName: string;
  region: string;
  buckets: Bucket[];
  channels: string[];
}

const howToDelete = ({ stackName, region, buckets, channels }: Kept) =>
  [
    `${stackName} is gone. The buckets stay, and cost what their contents cost. To delete them for good:`,
    ...buckets.map(({ name }) => `  aws s3 rb --force s3://${name}`),
    ...(channels.length > 0 ? ['The secrets of its channels stay, too:'] : []),
    ...channels.map((name) => `  aws ssm delete-parameter --region ${region} --name ${name}`),
    '',
  ].join('\n');

await runAsProgram(import.meta.url, (argv, io) =>
  runDestroy(argv, {
    ...io,
    cdk: runCdk,
    hasSettings: hasEnvironment,
    enrolledSites,
    channelParameters,
    forgetOutputs: (env) => rmSync(awsOutputsFile(env), { force: true }),
  }),
);

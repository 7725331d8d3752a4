/**
 * The stack's outputs: the names that a user, the simulator and the commands need next. `cdk deploy` writes them to
 * `cdk-outputs.json` (`cdk-outputs.prod.json` of the environment prod), the local runtime to
 * `.streamwatch/outputs.json`, in the same form.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../services/contract/json.ts';
import { describeIssue } from './text.ts';
import { UserError } from './user-error.ts';

/** Where the outputs of a deployment are. */
export const awsOutputsFile = (env?: string): string =>
  env === undefined ? 'cdk-outputs.json' : `cdk-outputs.${env}.json`;
const AWS_OUTPUTS_FILES = /^cdk-outputs(?:\.[a-z0-9-]+)?\.json$/;

/** Folder of the local runtime's state, unless `--env` or `--dir` says otherwise. */
export const LOCAL_STATE_DIR = '.streamwatch';
export const localStateDir = (env?: string): string =>
  env === undefined ? LOCAL_STATE_DIR : `${LOCAL_STATE_DIR}-${env}`;

const outputsSchema = z.object({
  /** Not an output of the stack: of where they were found. */
  StackName: z.string().optional(),
  Region: z.string(),
  StreamName: z.string(),
  AlertTopicArn: z.string(),
  LakeBucketName: z.string(),
  FailureBucketName: z.string(),
  DatabaseName: z.string(),
  ReadingsTableName: z.string(),
  AlertsTableName: z.string(),
  /** These two are missing from stacks that were deployed before there was a trusted layer. */
  TrustedTableName: z.string().optional(),
  MaintenanceWorkGroupName: z.string().optional(),
  WorkGroupName: z.string(),
  StateTableName: z.string(),
  /** Missing from stacks that were deployed before rules could learn. */
  ModelTableName: z.string().optional(),
  DetectorFunctionName: z.string(),
  /** These are missing from stacks that take no gateways (edge=off), and from older ones. */
  EdgeRoleAlias: z.string().optional(),
  EdgePolicyName: z.string().optional(),
  EdgeRoleName: z.string().optional(),
  /** These are missing from stacks without channels (channels=off), and from older ones. */
  NotifierFunctionName: z.string().optional(),
  ChannelsPath: z.string().optional(),
  ChannelFailuresUrl: z.string().optional(),
  SentTableName: z.string().optional(),
  /** Only with edgeMqtt=on. */
  EdgeRuleName: z.string().optional(),
  /** Only with edgeHttp=on. */
  EdgeHttpUrl: z.url().optional(),
  EdgeTokensTableName: z.string().optional(),
  EdgeUsagePlanId: z.string().optional(),
  /** Only on AWS: the CloudWatch dashboard. */
  DashboardName: z.string().optional(),
  /** Only locally: the one address of every AWS API, such as `http://127.0.0.1:4566`. */
  Endpoint: z.url().optional(),
});

export type StackOutputs = z.infer<typeof outputsSchema>;

/** Outputs of the stack with this name, if it is one of ours. */
export function asOutputs(name: string | undefined, outputs: unknown): StackOutputs | undefined {
  const ours = outputsSchema.safeParse(outputs).data;
  return ours && { ...ours, ...(name !== undefined && { StackName: name }) };
}

/**
 * What the last deployments from this folder wrote down, if one of them is what is asked for.
 * @param name of the stack; without it, any
 * @param region without it, any
 */
export function cachedOutputs(
  name: string | undefined,
  region: string | undefined,
): StackOutputs | undefined {
  const files = readdirSync('.').filter((file) => AWS_OUTPUTS_FILES.test(file));
  const stacks = files.flatMap((file) =>
    Object.entries(parseJson(readIfThere(file) ?? '', stacksSchema) ?? {}),
  );
  const fitting = stacks.flatMap(([stack, outputs]) => {
    const ours = asOutputs(stack, outputs);
    const fits = (name === undefined || name === stack) && (region === undefined || region === ours?.Region);
    return ours && fits ? [ours] : [];
  });
  return fitting.length === 1 ? fitting[0] : undefined;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const stacksSchema = z.record(z.string(), z.unknown());
/** The outputs of a deployment, or of the local runtime in `dir`. */
type OutputsOf = { local: true; dir?: string } | { local: false; env?: string | undefined };

export const outputsFile = (of: OutputsOf): string =>
  of.local ? join(of.dir ?? LOCAL_STATE_DIR, 'outputs.json') : awsOutputsFile(of.env);

/**
 * Outputs of the deployed or of the local stack. Those of the local one have an `Endpoint`, the others have none.
 * @throws UserError that says how to get them
 */
export function readOutputs(options: OutputsOf): StackOutputs {
  const file = outputsFile(options);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const fix = options.local
      ? 'Is the local runtime running? Start it with: npm start'
      : 'Deploy first with: npm run deploy (or add --local for the local runtime; npm passes on only what stands after --)';
    throw new UserError(`No stack outputs in ${file}. ${fix}`, { cause });
  }
  const outputs = parseOutputs(text, file);
  if (options.local && outputs.Endpoint === undefined) {
    throw new UserError('The local outputs name no Endpoint. Start the local runtime anew with: npm start');
  }
  return outputs;
}

/** The same from a file's text, of the only stack in it; `source` names it in errors. */
export function parseOutputs(text: string, source: string): StackOutputs {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${source} is not JSON. Deploy again to write it anew.`, { cause });
  }
  const result = z.record(z.string(), outputsSchema).safeParse(json);
  const [[name, outputs] = []] = Object.entries(result.data ?? {});
  if (outputs) return { ...outputs, StackName: name };
  const problem = result.error ? describeIssue(result.error) : 'Expected a stack, got none';
  throw new UserError(`${source}: ${problem}. Deploy again to write it anew.`);
}

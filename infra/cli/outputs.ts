/**
 * The stack's outputs: the names that a user, the simulator and the commands need next. `cdk deploy` writes them to
 * `cdk-outputs.json`, the local runtime to `.streamwatch/outputs.json`, in the same form.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { STACK_NAME } from '../../services/contract/stack.ts';
import { describeIssue } from './text.ts';
import { UserError } from './user-error.ts';

export const AWS_OUTPUTS_FILE = 'cdk-outputs.json';
/** Folder of the local runtime's state, unless `--dir` says otherwise. */
export const LOCAL_STATE_DIR = '.streamwatch';

const outputsSchema = z.object({
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

/** Outputs of a stack, if it is one of ours. */
export const asOutputs = (outputs: unknown): StackOutputs | undefined =>
  outputsSchema.safeParse(outputs).data;

/**
 * What the last deployment from this folder wrote down, if it is what is asked for.
 * @param name of the stack; without it, any
 * @param region without it, any
 */
export function cachedOutputs(
  name: string | undefined,
  region: string | undefined,
): StackOutputs | undefined {
  const text = readIfThere(AWS_OUTPUTS_FILE);
  const stacks = text === undefined ? {} : (stacksIn(text) ?? {});
  const fitting = Object.entries(stacks).flatMap(([stack, outputs]) => {
    const ours = asOutputs(outputs);
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

function stacksIn(text: string): Record<string, unknown> | undefined {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Where the outputs of a deployment (or of the local runtime in `dir`) are. */
export function outputsFile(options: { local: boolean; dir?: string }): string {
  return options.local ? join(options.dir ?? LOCAL_STATE_DIR, 'outputs.json') : AWS_OUTPUTS_FILE;
}

/**
 * Outputs of the deployed or of the local stack. Those of the local one have an `Endpoint`, the others have none.
 * @throws UserError that says how to get them
 */
export function readOutputs(options: { local: boolean; dir?: string }): StackOutputs {
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

/** The same from a file's text; `source` names it in errors. */
export function parseOutputs(text: string, source: string): StackOutputs {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${source} is not JSON. Deploy again to write it anew.`, { cause });
  }
  const result = z.object({ [STACK_NAME]: outputsSchema }).safeParse(json);
  if (result.success) return result.data[STACK_NAME] as StackOutputs;
  throw new UserError(`${source}: ${describeIssue(result.error)}. Deploy again to write it anew.`);
}

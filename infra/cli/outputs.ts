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
  /** Only on AWS: the CloudWatch dashboard. */
  DashboardName: z.string().optional(),
  /** Only locally: the one address of every AWS API, such as `http://127.0.0.1:4566`. */
  Endpoint: z.url().optional(),
});

export type StackOutputs = z.infer<typeof outputsSchema>;

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

/** What is deployed, as CloudFormation has it: the rules in force, how often models are looked at, the stack's alarms. */
import {
  type CloudFormationClient,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { parseRules, type Rule } from '../../../services/contract/rule.ts';
import { RULES_METADATA } from '../../../services/contract/stack.ts';

export interface Deployed {
  /** Undefined where the template names none. */
  rules: Rule[] | undefined;
  /** How often a model is looked at; undefined where the stack has none. */
  modelPeriodMs: number | undefined;
}

const resource = z.object({
  Metadata: z.record(z.string(), z.unknown()).optional(),
  Properties: z
    .object({
      Environment: z
        .object({ Variables: z.object({ MODEL_PERIOD_SECONDS: z.coerce.number().positive().optional() }) })
        .optional()
        .catch(undefined),
    })
    .optional(),
});
const templateSchema = z.object({ Resources: z.record(z.string(), resource) });

/** @throws what CloudFormation throws, and an Error for a template that is not ours */
export async function readDeployed(client: CloudFormationClient, StackName: string): Promise<Deployed> {
  const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName }));
  const { Resources } = templateSchema.parse(JSON.parse(TemplateBody));
  const all = Object.values(Resources);
  const rules = all.map(({ Metadata }) => Metadata?.[RULES_METADATA]).find((found) => found !== undefined);
  const seconds = all
    .map(({ Properties }) => Properties?.Environment?.Variables.MODEL_PERIOD_SECONDS)
    .find((found) => found !== undefined);
  return {
    rules: rules === undefined ? undefined : parseRules({ rules }, 'The deployed template'),
    modelPeriodMs: seconds === undefined ? undefined : seconds * 1000,
  };
}

/** Name of each alarm of the stack → its logical id. */
export async function alarmsOfStack(
  client: CloudFormationClient,
  StackName: string,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of StackResourceSummaries) {
      if (ResourceType === 'AWS::CloudWatch::Alarm' && LogicalResourceId && PhysicalResourceId)
        found.set(PhysicalResourceId, LogicalResourceId);
    }
  }
  return found;
}

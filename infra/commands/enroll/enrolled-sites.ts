/** For other commands: which sites have certificates or tokens of the deployed stack. */
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IoTClient } from '@aws-sdk/client-iot';
import { clientOptions } from '../../cli/client-options.ts';
import { findStack } from '../../cli/find-stack.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import { Sites } from './sites.ts';
import { Tokens } from './tokens.ts';

const MAX_ATTEMPTS = 2;

/** Undefined where it cannot be found out: without outputs or without the right to ask. */
export async function enrolledSites(stackName: string): Promise<string[] | undefined> {
  try {
    const outputs = await findStack(stackName);
    const found = await Promise.all([withCertificates(outputs), withTokens(outputs)]);
    return [...new Set(found.flat())].sort();
  } catch {
    return undefined;
  }
}

async function withCertificates(outputs: StackOutputs): Promise<string[]> {
  if (outputs.EdgePolicyName === undefined) return [];
  const iot = new IoTClient({ ...clientOptions(outputs), maxAttempts: MAX_ATTEMPTS });
  try {
    return (await new Sites(iot, outputs.EdgePolicyName).list()).map(({ site }) => site);
  } finally {
    iot.destroy();
  }
}

async function withTokens(outputs: StackOutputs): Promise<string[]> {
  const { EdgeTokensTableName: tableName, EdgeUsagePlanId: usagePlanId } = outputs;
  if (tableName === undefined || usagePlanId === undefined) return [];
  const options = { ...clientOptions(outputs), maxAttempts: MAX_ATTEMPTS };
  const [dynamo, gateway] = [new DynamoDBClient(options), new APIGatewayClient(options)];
  try {
    const tokens = new Tokens({ dynamo, gateway, tableName, usagePlanId });
    return (await tokens.list()).map(({ site }) => site);
  } finally {
    dynamo.destroy();
    gateway.destroy();
  }
}

/** Credentials that can do what the stack's policies for people on call allow, and nothing else. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { vi } from 'vitest';
import { clientOptions } from '../../../infra/cli/client-options.ts';
import type { StackOutputs } from '../../../infra/cli/outputs.ts';
import { STACK_NAME } from '../../../services/contract/stack.ts';

type Where = Pick<StackOutputs, 'Region' | 'Endpoint'>;

/** For who is on call: docs/permissions.md. */
const POLICIES = ['AnalystPolicyArn', 'OnCallPolicyArn'];
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0';

/** From now on, clients of the SDK that are not told otherwise call this stack with them; `vi.unstubAllEnvs` ends it. */
export async function becomeOnCall(where: Where): Promise<void> {
  const { Endpoint: endpoint = '' } = where;
  const body = new URLSearchParams({ Version: '2011-06-15', Action: 'GetFederationToken', Name: 'ann' });
  for (const [i, arn] of (await policyArns(where)).entries()) body.set(`PolicyArns.member.${i + 1}.arn`, arn);
  const answer = await fetch(endpoint, { method: 'POST', headers: { authorization: AUTHORIZATION }, body });
  const xml = await answer.text();
  if (!answer.ok) throw new Error(`No credentials for people on call: ${xml}`);
  const value = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(xml)?.[1] ?? '';
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', value('AccessKeyId'));
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', value('SecretAccessKey'));
  vi.stubEnv('AWS_SESSION_TOKEN', value('SessionToken'));
}

async function policyArns(where: Where): Promise<string[]> {
  const client = new CloudFormationClient(clientOptions(where));
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: STACK_NAME }));
  client.destroy();
  const outputs = new Map(
    Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  return POLICIES.map((name) => outputs.get(name) ?? `the stack has no output ${name}`);
}

/** An integration with Kinesis: the call, and the mapping of its answer. */
import type { KinesisAnswer, PutRecord } from '../kinesis/put-record.ts';
import type { MethodConfiguration } from './configuration.ts';
import { GatewayResponse } from './gateway-response.ts';

export async function callKinesis(
  put: PutRecord,
  { integration, responses }: MethodConfiguration,
  body: string,
): Promise<KinesisAnswer> {
  const headers = Object.entries(integration.RequestParameters).map(([name, value]) => [
    name.slice(name.lastIndexOf('.') + 1).toLowerCase(),
    value.slice(1, -1),
  ]);
  const { 'content-type': contentType } = Object.fromEntries(headers) as Record<string, string | undefined>;
  const answer = await put(body, integration.Credentials, contentType).catch(() => {
    throw new GatewayResponse('INTEGRATION_FAILURE');
  });
  return mapAnswer(answer, responses);
}

/** The backend's answer, as the integration's responses map it. */
function mapAnswer(
  { status, body }: KinesisAnswer,
  responses: MethodConfiguration['responses'],
): KinesisAnswer {
  const matching = responses.find(({ pattern }) => pattern?.test(String(status)));
  const found = matching ?? responses.find(({ pattern }) => pattern === undefined);
  if (!found) throw new GatewayResponse('API_CONFIGURATION_ERROR');
  const rendered = found.template?.({ body, context: {} });
  return { status: rendered?.status ?? found.status, body: rendered?.text ?? body };
}

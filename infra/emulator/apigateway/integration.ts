/** An integration with Kinesis: PutRecord at the emulator's own port, if the role of the integration allows it. */
import type { Roles } from '../iam/roles.ts';
import { arnOf, LOCAL_REGION } from '../stack/identities.ts';
import type { MethodConfiguration } from './configuration.ts';
import { GatewayResponse } from './gateway-response.ts';

export interface BackendAnswer {
  status: number;
  body: string;
}

export type Backend = (body: string, headers: Record<string, string>, role: string) => Promise<BackendAnswer>;

const ACTION = 'kinesis:PutRecord';

export function kinesisBackend(endpoint: string, roles: Roles): Backend {
  return async (body, headers, role) => {
    const name = role.slice(role.lastIndexOf('/') + 1);
    const { StreamName = '' } = parse(body);
    const resource = arnOf('kinesis', `stream/${StreamName}`);
    if (!roles.allows(name, { action: ACTION, resource, context: {} })) {
      const message = `User: assumed-role/${name} is not authorized to perform: ${ACTION}`;
      return { status: 400, body: JSON.stringify({ __type: 'AccessDeniedException', message }) };
    }
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          ...headers,
          'x-amz-target': 'Kinesis_20131202.PutRecord',
          // Nobody checks the signature, but it must be there.
          'x-amz-date': '20260101T000000Z',
          authorization: `AWS4-HMAC-SHA256 Credential=${name}/20260101/${LOCAL_REGION}/kinesis/aws4_request, SignedHeaders=host, Signature=0`,
        },
        body,
      });
      return { status: response.status, body: await response.text() };
    } catch {
      throw new GatewayResponse('INTEGRATION_FAILURE');
    }
  };
}

function parse(body: string): { StreamName?: string } {
  try {
    return JSON.parse(body) as { StreamName?: string };
  } catch {
    return {};
  }
}

/** The backend's answer, as the integration's responses map it. */
export function mapAnswer(
  { status, body }: BackendAnswer,
  responses: MethodConfiguration['responses'],
): BackendAnswer {
  const matching = responses.find(({ pattern }) => pattern?.test(String(status)));
  const found = matching ?? responses.find(({ pattern }) => pattern === undefined);
  if (!found) throw new GatewayResponse('API_CONFIGURATION_ERROR');
  const rendered = found.template?.({ body, context: {} });
  return { status: rendered?.status ?? found.status, body: rendered?.text ?? body };
}

/** PutRecord at the emulator's own port, for services that call Kinesis with a role: faults and counts see it as any call. */
import type { Roles } from '../iam/roles.ts';
import { arnOf, LOCAL_REGION } from '../stack/identities.ts';

export interface KinesisAnswer {
  status: number;
  body: string;
}

/** @param role its ARN. Rejects where nobody answers. */
export type PutRecord = (body: string, role: string, contentType?: string) => Promise<KinesisAnswer>;

const ACTION = 'kinesis:PutRecord';

export function createPutRecord(endpoint: string, roles: Pick<Roles, 'allows'>): PutRecord {
  return async (body, role, contentType = 'application/x-amz-json-1.1') => {
    const name = role.slice(role.lastIndexOf('/') + 1);
    const resource = arnOf('kinesis', `stream/${streamOf(body)}`);
    if (!roles.allows(name, { action: ACTION, resource, context: {} })) {
      const message = `User: assumed-role/${name} is not authorized to perform: ${ACTION}`;
      return { status: 400, body: JSON.stringify({ __type: 'AccessDeniedException', message }) };
    }
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'x-amz-target': 'Kinesis_20131202.PutRecord',
        ...signedAs(name, 'kinesis'),
      },
      body,
    });
    return { status: response.status, body: await response.text() };
  };
}

/** Nobody checks a signature here, but it must be there. */
export const signedAs = (who: string, service: string): Record<string, string> => ({
  'x-amz-date': '20260101T000000Z',
  authorization: `AWS4-HMAC-SHA256 Credential=${who}/20260101/${LOCAL_REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

function streamOf(body: string): string {
  try {
    return String((JSON.parse(body) as { StreamName?: unknown }).StreamName ?? '');
  } catch {
    return '';
  }
}

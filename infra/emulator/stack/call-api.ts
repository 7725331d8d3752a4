/** Calls a service of the emulator by its port, as AWS' services call each other: IAM, faults and counts see the call. */
import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { AwsError } from '../wire/aws-error.ts';
import { LOCAL_REGION } from './identities.ts';

/**
 * Calls an API by the emulator's port. Rejects with the service's refusal.
 * @param accessKey of the caller
 */
export type CallApi = (service: string, target: string, body: string, accessKey: string) => Promise<void>;

const refusal = z.object({ __type: z.string(), message: z.string().default('') });

export const callApiAt =
  (endpoint: string): CallApi =>
  async (service, target, body, accessKey) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': target,
        ...signedAs(accessKey, service),
      },
      body,
    });
    const text = await response.text();
    if (response.ok) return;
    const { __type = 'InternalFailure', message = text } = parseJson(text, refusal) ?? {};
    throw new AwsError(__type.slice(__type.lastIndexOf('#') + 1), message, response.status);
  };

/** Nobody checks a signature here, but it must be there and name an access key. */
export const signedAs = (accessKey: string, service: string): Record<string, string> => ({
  'x-amz-date': '20260101T000000Z',
  authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/${LOCAL_REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

/** Calls a service of the emulator by its port, as AWS' services call each other: faults and counts see the call. */
import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { AwsError } from '../wire/aws-error.ts';
import { LOCAL_REGION } from './identities.ts';

/** Calls an API by the emulator's port. Rejects with the service's refusal. */
export type CallApi = (service: string, target: string, body: string) => Promise<void>;

const refusal = z.object({ __type: z.string(), message: z.string().default('') });

export const callApiAt =
  (endpoint: string): CallApi =>
  async (service, target, body) => {
    const scope = `local/20260101/${LOCAL_REGION}/${service}/aws4_request`;
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': target,
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, Signature=0`,
      },
      body,
    });
    const text = await response.text();
    if (response.ok) return;
    const { __type = 'InternalFailure', message = text } = parseJson(text, refusal) ?? {};
    throw new AwsError(__type.slice(__type.lastIndexOf('#') + 1), message, response.status);
  };

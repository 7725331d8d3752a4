/** Calls a service of the emulator by its port, as Scheduler calls AWS: faults and counts see the call. */
import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { LOCAL_REGION } from '../stack/identities.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { CallApi } from './targets.ts';

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

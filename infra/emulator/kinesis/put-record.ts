/** PutRecord at the emulator's own port, for services that call Kinesis with a role: IAM, faults and counts see it. */
import { signedAs } from '../stack/call-api.ts';

export interface KinesisAnswer {
  status: number;
  body: string;
}

/** @param accessKey of who calls. Rejects where nobody answers. */
export type PutRecord = (body: string, accessKey: string, contentType?: string) => Promise<KinesisAnswer>;

export const createPutRecord =
  (endpoint: string): PutRecord =>
  async (body, accessKey, contentType = 'application/x-amz-json-1.1') => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'x-amz-target': 'Kinesis_20131202.PutRecord',
        ...signedAs(accessKey, 'kinesis'),
      },
      body,
    });
    return { status: response.status, body: await response.text() };
  };

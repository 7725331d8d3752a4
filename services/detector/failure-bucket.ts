/** The failure bucket, for what is set aside. */
import { createRequire } from 'node:module';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { KeptObject } from './set-aside.ts';

export type Keep = (object: KeptObject, signal?: AbortSignal) => Promise<void>;

/**
 * Nearly no environment ever needs S3, and its client would make the bundle half as large again. So it is the one that
 * Lambda's runtime brings, which `require` finds and `import` may not (decision 0033).
 */
const fromRuntime = createRequire(import.meta.url);

export function createFailureBucket(bucket: string, config: S3ClientConfig): Keep {
  const open = () => {
    const sdk: typeof import('@aws-sdk/client-s3') = fromRuntime('@aws-sdk/client-s3');
    return { client: new sdk.S3Client(config), PutObjectCommand: sdk.PutObjectCommand };
  };
  let opened: ReturnType<typeof open> | undefined;
  return async ({ key, body }, abortSignal) => {
    opened ??= open();
    const { client, PutObjectCommand } = opened;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }), { abortSignal });
  };
}

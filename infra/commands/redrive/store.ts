/** The failure bucket: failed batches from Lambda or the detector, and redriven ones under a prefix of their own. */
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Prefixes of batches that Lambda gave up, `aws/lambda/<mapping>/<shard>/yyyy/mm/dd/…`, or the detector set aside. */
const FAILED_PREFIXES = ['aws/lambda/', 'set-aside/'];
/** Before the old key. */
export const REDRIVEN_PREFIX = 'redriven/';

export interface FailureStore {
  /** Keys of all failed batches. */
  keys(): Promise<string[]>;
  /** Text of an object; `undefined` when it is gone, as after a redrive by somebody else. */
  read(key: string): Promise<string | undefined>;
  /** Moves an object to the redriven ones. After an interruption it is in both places; the next redrive moves it again. */
  setAside(key: string): Promise<void>;
}

export function openFailureStore(
  client: S3Client,
  bucket: string,
  prefixes: readonly string[] = FAILED_PREFIXES,
): FailureStore {
  return {
    async keys() {
      const keys: string[] = [];
      for (const Prefix of prefixes) {
        for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix })) {
          for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
        }
      }
      return keys;
    },
    async read(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return (await Body?.transformToString()) ?? '';
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async setAside(key) {
      const CopySource = `${bucket}/${key}`.split('/').map(encodeURIComponent).join('/');
      await client.send(new CopyObjectCommand({ Bucket: bucket, Key: REDRIVEN_PREFIX + key, CopySource }));
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
  };
}

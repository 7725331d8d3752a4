/** What IAM is asked for each operation of S3. */
import { type AccessTable, on } from '../wire/access.ts';
import { unescapePath } from '../wire/request-target.ts';

interface ObjectCall {
  bucket: string;
  key: string;
  query: URLSearchParams;
  /** Of a copy: bucket and key, as in the header. */
  source: string;
}

export const objectArn = (bucket: string, key: string): string => `arn:aws:s3:::${bucket}/${key}`;
const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;

const onObject =
  (action: string) =>
  ({ bucket, key }: ObjectCall) =>
    on(action, objectArn(bucket, key));

export const ACCESS: AccessTable<ObjectCall> = {
  ListBuckets: () => on('s3:ListAllMyBuckets', '*'),
  HeadBucket: ({ bucket }) => on('s3:ListBucket', bucketArn(bucket)),
  GetBucketLocation: ({ bucket }) => on('s3:GetBucketLocation', bucketArn(bucket)),
  ListObjectsV2: ({ bucket, query }) =>
    on('s3:ListBucket', bucketArn(bucket), { 's3:prefix': query.get('prefix') ?? '' }),
  GetObject: onObject('s3:GetObject'),
  HeadObject: onObject('s3:GetObject'),
  PutObject: onObject('s3:PutObject'),
  CopyObject: (call) => [
    ...on('s3:GetObject', `arn:aws:s3:::${unescapePath(call.source).replace(/^\//, '')}`),
    ...onObject('s3:PutObject')(call),
  ],
  DeleteObject: onObject('s3:DeleteObject'),
};

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_REGION, nameOf, type Subject } from '../stack/identities.ts';
import type { Service } from '../stack/service.ts';
import { createS3 } from './s3.ts';

export interface S3 {
  /** Folder whose subfolders are the buckets; absolute. */
  root: string;
}

const BUCKET = 'AWS::S3::Bucket';

export const s3: Service<S3> = {
  name: 's3',
  types: { [BUCKET]: { identity: bucketIdentity, obeys: ['BucketName'] } },
  open({ resources, stateDir, serve }) {
    const root = join(stateDir, 's3');
    const names = resources(BUCKET).map(({ ref }) => ref);
    for (const name of names) mkdirSync(join(root, name), { recursive: true });
    serve(createS3(root, names));
    return { root };
  },
};

function bucketIdentity(subject: Subject) {
  // S3 requires lower case and at most 63 characters.
  const name = nameOf(subject, 'BucketName')
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .slice(0, 63);
  return {
    ref: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${LOCAL_REGION}.amazonaws.com`,
    },
  };
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AwsEvent } from '../base/events.ts';
import { LOCAL_REGION, nameOf, type Subject } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import { flag } from '../stack/properties.ts';
import type { Service } from '../stack/service.ts';
import { createS3 } from './s3.ts';

interface S3 {
  /** Folder whose subfolders are the buckets; absolute. */
  root: string;
  /** To be called for each new object of other services: tells EventBridge of it, where the bucket asks for that. */
  created(bucket: string, key: string, bytes: number): void;
}

const BUCKET = 'AWS::S3::Bucket';
const notified = z.object({
  NotificationConfiguration: z
    .object({ EventBridgeConfiguration: z.object({ EventBridgeEnabled: flag.default(true) }) })
    .optional(),
});

export const s3: Service<S3> = {
  name: 's3',
  types: { [BUCKET]: { identity: bucketIdentity, obeys: ['BucketName', ...pathsOf(notified)] } },
  open({ resources, stateDir, bus, serve }) {
    const root = join(stateDir, 's3');
    const names = resources(BUCKET).map(({ ref }) => ref);
    for (const name of names) mkdirSync(join(root, name), { recursive: true });
    const told = new Set(
      resources(BUCKET)
        .filter(({ properties }) => notified.safeParse(properties).data?.NotificationConfiguration)
        .map(({ ref }) => ref),
    );
    const created = (bucket: string, key: string, size: number) => {
      if (told.has(bucket)) bus.emit('aws-event', objectCreated(bucket, key, size));
    };
    serve(createS3(root, names, created));
    return { root, created };
  },
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
const objectCreated = (bucket: string, key: string, size: number): AwsEvent => ({
  source: 'aws.s3',
  detailType: 'Object Created',
  resources: [`arn:aws:s3:::${bucket}`],
  detail: { version: '0', bucket: { name: bucket }, object: { key, size } },
});

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

/** Statements of policies, each with a name of its own. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';

export const allow = (sid: string, actions: string[], ...resources: string[]): PolicyStatement =>
  new PolicyStatement({ sid, actions, resources });

/** Likewise, of buckets of this account: once a bucket was deleted by hand, anybody may take its name, and what is written. */
export const allowInOwnBucket = (sid: string, actions: string[], ...resources: string[]): PolicyStatement =>
  new PolicyStatement({
    ...{ sid, actions, resources },
    conditions: { StringEquals: { 's3:ResourceAccount': Aws.ACCOUNT_ID } },
  });

/** What a delivery stream does with its roles, without a call at the port. */
import type { Actor } from '../iam/service.ts';
import { objectArn } from '../s3/access.ts';
import { catalogArns } from '../stack/identities.ts';
import type { Need } from '../wire/access.ts';
import type { Destination } from './properties.ts';

/** Each throws an AwsError where IAM denies it. */
export interface DeliveryAccess {
  /** Aborted as soon as something is denied: to wait for it would be in vain. */
  refused: AbortSignal;
  write(key: string): void;
  readColumns(): void;
  invoke(functionArn: string): void;
}

/** @param actorOf who uses a role for this delivery stream */
export function deliveryAccess(
  { bucket, roles, schema }: Pick<Destination, 'bucket' | 'roles' | 'schema'>,
  actorOf: ((roleArn: string) => Pick<Actor, 'check'>) | undefined,
): DeliveryAccess {
  const refused = new AbortController();
  const check = (role: string | undefined, ...needs: Need[]) => {
    if (role === undefined) return;
    try {
      actorOf?.(role).check(...needs);
    } catch (error) {
      refused.abort();
      throw error;
    }
  };
  return {
    refused: refused.signal,
    write: (key) => check(roles.write, { action: 's3:PutObject', resource: objectArn(bucket, key) }),
    readColumns: () =>
      check(
        roles.schema,
        ...catalogArns(schema.databaseName, schema.tableName).map((resource) => ({
          ...{ action: 'glue:GetTableVersions', resource },
        })),
      ),
    invoke: (functionArn) => check(roles.write, { action: 'lambda:InvokeFunction', resource: functionArn }),
  };
}

import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Config } from '../settings/config.ts';

/**
 * Logs that expire, and that are deleted with the stack.
 * @param logGroupName where a service of AWS chooses it
 */
export const expiringLogGroup = (
  scope: Construct,
  id: string,
  config: Config,
  logGroupName?: string,
): LogGroup =>
  new LogGroup(scope, id, {
    ...(logGroupName === undefined ? {} : { logGroupName }),
    // The enum's values are days, and the setting allows only these.
    retention: config.logRetentionDays as RetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });

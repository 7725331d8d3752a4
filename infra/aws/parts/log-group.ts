import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Config } from '../settings/config.ts';

/** Logs that expire, and that are deleted with the stack. */
export const expiringLogGroup = (scope: Construct, id: string, config: Config): LogGroup =>
  new LogGroup(scope, id, {
    // The enum's values are days, and the setting allows only these.
    retention: config.logRetentionDays as RetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });

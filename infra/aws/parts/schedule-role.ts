/** A role that EventBridge Scheduler assumes for schedules of the account's default group. */
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Aws, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/**
 * CloudFormation's drift detection looks for a schedule in the default group only, and calls it deleted anywhere else. The
 * condition can name no less than a group; who may use the role in a schedule of theirs is a matter of `iam:PassRole`.
 */
export const scheduleRole = (scope: Construct, id: string, description: string): Role =>
  new Role(scope, id, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        ArnEquals: {
          'aws:SourceArn': Stack.of(scope).formatArn({
            ...{ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' },
          }),
        },
      },
    }),
    description,
  });

/** What the functions that tell of alerts are told about the rest of the stack, so that alerts say where to look. */
import { Aws, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { DASHBOARD_VARIABLE, WHEREABOUTS } from '../../../services/contract/look.ts';
import type { Config } from '../settings/config.ts';

/**
 * Names of dashboards are the account's, whatever the region. Given here, because CloudFormation's own would need the
 * dashboard, which needs the functions.
 */
export const dashboardNameOf = (scope: Construct): string => `${Stack.of(scope).stackName}-${Aws.REGION}`;

export const whereaboutsEnvironment = (
  scope: Construct,
  config: Config,
  workGroupName: string,
): Record<string, string> => ({
  [WHEREABOUTS.stack]: Aws.STACK_NAME,
  [WHEREABOUTS.workGroup]: workGroupName,
  ...(config.dashboard === 'on' && { [DASHBOARD_VARIABLE]: dashboardNameOf(scope) }),
});

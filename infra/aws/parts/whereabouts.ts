/** What the functions that tell of alerts are told about the rest of the stack, so that alerts say where to look. */
import { Aws } from 'aws-cdk-lib/core';
import { DASHBOARD_VARIABLE, WHEREABOUTS } from '../../../services/contract/look.ts';
import type { Config } from '../settings/config.ts';

/**
 * Names of dashboards are the account's, whatever the region. Given here, because CloudFormation's own would need the
 * dashboard, which needs the functions.
 */
export const DASHBOARD_NAME = `${Aws.STACK_NAME}-${Aws.REGION}`;

export const whereaboutsEnvironment = (config: Config, workGroupName: string): Record<string, string> => ({
  [WHEREABOUTS.stack]: Aws.STACK_NAME,
  [WHEREABOUTS.workGroup]: workGroupName,
  ...(config.dashboard === 'on' && { [DASHBOARD_VARIABLE]: DASHBOARD_NAME }),
});

/** What the template and its readers agree on besides the outputs. */

/** Name of the stack without an environment. */
export const STACK_NAME = 'Streamwatch';
/** Key of the template's metadata under which the detector's resource lists its rules. */
export const RULES_METADATA = 'streamwatch:rules';

/** Key of the template's own metadata under which it remembers the settings that are not defaults. */
export const SETTINGS_METADATA = 'streamwatch:settings';

/** Tag of everything in a stack, with its name as value: by it, AWS tells what a stack costs. */
export const COST_TAG = 'streamwatch-stack';

/** Lower case, as Glue and Athena write names; short, as the longest name that is made of it has 64 characters. */
export const ENVIRONMENT_PATTERN = /^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$/;

/** `Streamwatch-prod` for the environment `prod`. */
export const stackNameOf = (environment?: string): string =>
  environment === undefined ? STACK_NAME : `${STACK_NAME}-${environment}`;

/** `prod` for `Streamwatch-prod`; undefined for a name that no environment gives. */
export function environmentOf(stackName: string): string | undefined {
  const name = stackName.startsWith(`${STACK_NAME}-`) ? stackName.slice(STACK_NAME.length + 1) : '';
  return ENVIRONMENT_PATTERN.test(name) ? name : undefined;
}

/** Where the channels of a stack are in the Parameter Store: parameters, with secrets, that are not in the template. */
export const channelsPathOf = (stackName: string): string => `/${stackName}/channels`;

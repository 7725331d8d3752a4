/** A denial in AWS' words, and what is missing in the template. */
import type { Need } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Caller } from './caller.ts';
import type { Denied } from './decision.ts';

export interface Denial {
  /** The role, or the service or person that calls without one. */
  who: string;
  action: string;
  resource: string;
  /** AWS' own, as the caller gets it. */
  message: string;
  /** For a person: what would have to be in the template, or must not be. */
  advice: string;
  /** Of something that the template runs, and not of a person. */
  ofStack: boolean;
}

export function denialOf(
  caller: Caller,
  { action, resource }: Need,
  denied: Denied,
  unknownPolicies: readonly string[],
): Denial {
  return {
    ...{ who: caller.role?.name ?? caller.name, action, resource, ofStack: caller.ofStack },
    message: `User: ${caller.name} is not authorized to perform: ${action} on resource: ${resource} ${reason(action, denied)}`,
    advice: advice(caller, { action, resource }, denied) + notKnown(unknownPolicies),
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function reason(action: string, { kind, in: where }: Denied): string {
  if (kind === 'implicit') return `because no ${where} policy allows the ${action} action`;
  return `with an explicit deny in ${where === 'identity-based' ? 'an' : 'a'} ${where} policy`;
}

function advice(caller: Caller, { action, resource }: Need, { kind, in: where }: Denied): string {
  if (kind === 'explicit') return `A statement with Effect Deny in a ${where} policy says so.`;
  const statement = { Effect: 'Allow', Action: action, Resource: resource };
  if (where !== 'resource-based')
    return `Missing in ${where === 'session' ? 'a' : 'an'} ${where} policy: ${JSON.stringify(statement)}`;
  const { service } = caller.names;
  const Principal = service === undefined ? { AWS: caller.role?.arn ?? caller.name } : { Service: service };
  return `Missing in the policy of ${resource}: ${JSON.stringify({ ...statement, Principal })}`;
}

const notKnown = (policies: readonly string[]) =>
  policies.length === 0 ? '' : ` (what ${policies.join(', ')} allows is not known here)`;

/** A denial is in the words of the service that is called. */
export function inWordsOf<T>(denied: readonly [code: string, status: number] | undefined, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!denied || !(error instanceof AwsError)) throw error;
    const [code, status] = denied;
    throw new AwsError(code, error.message, status);
  }
}

/** Who calls, and whether the Principal element of a policy means them. */

/** How policies may name a caller. */
export interface CallerNames {
  /** Of the account that a caller belongs to; undefined for an AWS service. */
  account: string | undefined;
  /** ARNs of the session, the role or the user. */
  arns: readonly string[];
  /** Such as `sns.amazonaws.com`; undefined for anybody else. */
  service: string | undefined;
}

export interface Principals {
  /** NotPrincipal. */
  readonly not: boolean;
  readonly everybody: boolean;
  /** ARNs and account ids. */
  readonly aws: readonly string[];
  readonly services: readonly string[];
}

/**
 * `direct` where the policy means the caller, `account` where it means the whole account, which leaves the decision to the
 * policies of the caller.
 */
export type Meant = 'direct' | 'account' | undefined;

export function meant(principals: Principals | undefined, caller: CallerNames): Meant {
  // A policy of an identity names nobody: it is about whom it belongs to.
  if (principals === undefined) return 'direct';
  const found = listed(principals, caller);
  if (!principals.not) return found;
  return found === undefined ? 'direct' : undefined;
}

function listed({ everybody, aws, services }: Principals, caller: CallerNames): Meant {
  if (everybody) return 'direct';
  const { account, arns, service } = caller;
  if (service !== undefined) return services.includes(service) ? 'direct' : undefined;
  if (aws.some((one) => arns.includes(one))) return 'direct';
  const isAccount = (one: string) => one === account || one === `arn:aws:iam::${account}:root`;
  return account !== undefined && aws.some(isAccount) ? 'account' : undefined;
}

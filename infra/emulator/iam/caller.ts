/** Who calls: the administrator of the account, a role in use, or an AWS service itself. */
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../stack/identities.ts';
import type { ContextValues } from '../wire/access.ts';
import { type Context, contextOf } from './context.ts';
import type { Statement } from './document.ts';
import type { CallerNames } from './principal.ts';

export interface Caller {
  /** As errors name it: an ARN, or a service. */
  readonly name: string;
  readonly names: CallerNames;
  /** Of the role whose policies count. */
  readonly role?: { name: string; arn: string } | undefined;
  readonly isAdministrator: boolean;
  /** Policies of the session, which only take away. */
  readonly session?: readonly Statement[] | undefined;
  /** Who uses the role: its own policy has to trust them. */
  readonly assumedBy?: Caller | undefined;
  readonly context: Context;
  /** The template makes it act, so that a denial is a failure of the stack. */
  readonly ofStack: boolean;
}

/** The same for every call here: on AWS it would come by TLS. */
const EVERY_CALL = {
  'aws:SecureTransport': 'true',
  's3:TlsVersion': '1.3',
  'aws:RequestedRegion': LOCAL_REGION,
  // There is one account.
  'aws:ResourceAccount': LOCAL_ACCOUNT,
  's3:ResourceAccount': LOCAL_ACCOUNT,
};

const inAccount = (arn: string, type: string, more: ContextValues = {}) =>
  contextOf({
    ...{ ...EVERY_CALL, 'aws:PrincipalAccount': LOCAL_ACCOUNT, 'aws:PrincipalArn': arn },
    ...{ 'aws:PrincipalType': type, 'aws:PrincipalIsAWSService': 'false', ...more },
  });

const ADMINISTRATOR_ARN = `arn:aws:iam::${LOCAL_ACCOUNT}:user/local`;

/** A person or a program with credentials that nothing here has issued. */
export const ADMINISTRATOR: Caller = {
  name: ADMINISTRATOR_ARN,
  names: { account: LOCAL_ACCOUNT, arns: [ADMINISTRATOR_ARN], service: undefined },
  isAdministrator: true,
  context: inAccount(ADMINISTRATOR_ARN, 'User', { 'aws:username': 'local' }),
  ofStack: false,
};

/** @param source ARN of the resource for which the service acts */
export function serviceCaller(service: string, source: string): Caller {
  const name = `${service}.amazonaws.com`;
  const context = contextOf({
    ...{ ...EVERY_CALL, 'aws:SourceArn': source, 'aws:SourceAccount': LOCAL_ACCOUNT },
    'aws:SourceOwner': LOCAL_ACCOUNT,
    ...{ 'aws:PrincipalIsAWSService': 'true', 'aws:PrincipalServiceName': name },
  });
  return {
    ...{ name, context, isAdministrator: false, ofStack: true },
    names: { account: undefined, arns: [], service: name },
  };
}

export interface RoleUse {
  roleArn: string;
  /** Name of the session, such as that of the function. */
  session: string;
  assumedBy: Caller;
  /** More of the session, such as the certificate for which it is. */
  context?: ContextValues;
  policies?: readonly Statement[];
}

export function roleCaller({ roleArn: arn, session, assumedBy, context, policies }: RoleUse): Caller {
  const role = { name: arn.slice(arn.lastIndexOf('/') + 1), arn };
  // As AWS does: what is not allowed in a name of a session is replaced.
  const name = `arn:aws:sts::${LOCAL_ACCOUNT}:assumed-role/${role.name}/${session.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64)}`;
  return {
    ...{ name, role, assumedBy, session: policies },
    names: { account: LOCAL_ACCOUNT, arns: [arn, name], service: undefined },
    isAdministrator: false,
    context: inAccount(arn, 'AssumedRole', context),
    ofStack: assumedBy.ofStack,
  };
}

/** An administrator who keeps only what these policies allow. */
export function federatedCaller(user: string, policies: readonly Statement[]): Caller {
  const name = `arn:aws:sts::${LOCAL_ACCOUNT}:federated-user/${user}`;
  return {
    ...{ name, session: policies, isAdministrator: true, ofStack: false },
    names: { account: LOCAL_ACCOUNT, arns: [name], service: undefined },
    context: inAccount(name, 'FederatedUser'),
  };
}

import { type Caller, federatedCaller } from '../iam/caller.ts';
import { inWordsOf } from '../iam/denial.ts';
import type { Statement } from '../iam/document.ts';
import { parseDocument } from '../iam/roles.ts';
import { type Iam, iam } from '../iam/service.ts';
import type { IssuedCredentials } from '../iam/sessions.ts';
import { LOCAL_ACCOUNT } from '../stack/identities.ts';
import type { Service } from '../stack/service.ts';
import { type AccessTable, on } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type QueryApi, queryService } from '../wire/protocols.ts';
import { items, required, type XmlValue } from '../wire/query-protocol.ts';

export const ACCESS: AccessTable<URLSearchParams> = {
  // Nothing is needed to ask who one is. Whether a role may be assumed is for its own policy to say.
  GetCallerIdentity: () => [],
  AssumeRole: () => [],
  GetFederationToken: (params) =>
    on('sts:GetFederationToken', `arn:aws:sts::${LOCAL_ACCOUNT}:federated-user/${params.get('Name') ?? ''}`),
};

const DENIED = ['AccessDenied', 403] as const;

/** Who somebody is, and credentials for roles and policies of the template. */
export const sts: Service<void> = {
  name: 'sts',
  types: {},
  open({ of, serve }) {
    const own = of(iam);
    const api: QueryApi = {
      title: 'STS',
      namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
      operations: {
        GetCallerIdentity(_, accessKey) {
          const { name } = own.callerOf(accessKey);
          return { Arn: name, UserId: name.split('/').slice(1).join(':'), Account: LOCAL_ACCOUNT };
        },
        AssumeRole: (params, accessKey) => assumeRole(params, own.callerOf(accessKey), own),
        GetFederationToken: (params) => federate(params, own),
      },
    };
    serve(queryService(api, ACCESS, DENIED));
  },
};

function assumeRole(params: URLSearchParams, caller: Caller, { sessions, mayAssume, roles }: Iam): XmlValue {
  const roleArn = required(params, 'RoleArn');
  const session = required(params, 'RoleSessionName');
  // A role of the template lets whom its policy says; of another one nothing is known, and nobody may be it.
  if (roles.statements(roleArn.slice(roleArn.lastIndexOf('/') + 1)) === undefined) {
    const text = `User: ${caller.name} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    throw new AwsError('AccessDenied', text, 403);
  }
  const policies = sessionPolicies(params, roles);
  const validSeconds = seconds(params, 43_200, 3600);
  const use = { roleArn, session, assumedBy: caller, ...(policies && { policies }) };
  const assumed = inWordsOf(DENIED, () => mayAssume(use));
  return {
    Credentials: credentials(sessions.issue(assumed, validSeconds)),
    AssumedRoleUser: { Arn: assumed.name, AssumedRoleId: `${assumed.role?.name}:${session}` },
  };
}

/** How a person tries what a managed policy allows: the credentials can do that, and nothing else. */
function federate(params: URLSearchParams, { sessions, roles }: Iam): XmlValue {
  const user = required(params, 'Name');
  const federated = federatedCaller(user, sessionPolicies(params, roles) ?? []);
  return {
    Credentials: credentials(sessions.issue(federated, seconds(params, 129_600, 43_200))),
    FederatedUser: { Arn: federated.name, FederatedUserId: `${LOCAL_ACCOUNT}:${user}` },
  };
}

function seconds(params: URLSearchParams, max: number, normal: number): number {
  const given = params.get('DurationSeconds');
  if (given === null) return normal;
  if (/^\d+$/.test(given) && Number(given) >= 900 && Number(given) <= max) return Number(given);
  throw new AwsError('ValidationError', `Expected DurationSeconds from 900 to ${max}, got ${given}`);
}

/** Undefined where the call names none. @throws AwsError for a policy that is not known here */
function sessionPolicies(params: URLSearchParams, roles: Iam['roles']): Statement[] | undefined {
  const arns = items(params, 'PolicyArns', 'member').map((item) => item.get('arn') ?? '');
  const inline = params.get('Policy');
  if (arns.length === 0 && inline === null) return undefined;
  return [...arns.flatMap((arn) => roles.managed(arn)), ...(inline === null ? [] : parseDocument(inline))];
}

const credentials = ({ accessKeyId, secretAccessKey, sessionToken, expiration }: IssuedCredentials) => ({
  ...{ AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey },
  ...{ SessionToken: sessionToken, Expiration: expiration },
});

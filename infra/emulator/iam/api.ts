/** The part of the IAM API that programs need: inline policies of roles. */
import { LOCAL_ACCOUNT } from '../stack/identities.ts';
import { type AccessTable, on } from '../wire/access.ts';
import type { ServedApi } from '../wire/gateway.ts';
import { queryService } from '../wire/protocols.ts';
import { required } from '../wire/query-protocol.ts';
import type { Roles } from './roles.ts';

const onRole = (action: string) => (params: URLSearchParams) =>
  on(action, `arn:aws:iam::${LOCAL_ACCOUNT}:role/${params.get('RoleName') ?? ''}`);

export const ACCESS: AccessTable<URLSearchParams> = {
  GetRolePolicy: onRole('iam:GetRolePolicy'),
  PutRolePolicy: onRole('iam:PutRolePolicy'),
  DeleteRolePolicy: onRole('iam:DeleteRolePolicy'),
};

/** Role and name of an inline policy. */
const policyIn = (params: URLSearchParams) =>
  [required(params, 'RoleName'), required(params, 'PolicyName')] as const;

export const createIamApi = (roles: Roles): ServedApi =>
  queryService(
    {
      title: 'IAM',
      namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
      operations: {
        GetRolePolicy(params) {
          const [RoleName, PolicyName] = policyIn(params);
          const PolicyDocument = encodeURIComponent(roles.policy(RoleName, PolicyName));
          return { RoleName, PolicyName, PolicyDocument };
        },
        PutRolePolicy: (params) => void roles.put(...policyIn(params), params.get('PolicyDocument') ?? ''),
        DeleteRolePolicy: (params) => void roles.remove(...policyIn(params)),
      },
    },
    ACCESS,
  );

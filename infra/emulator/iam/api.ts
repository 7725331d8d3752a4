/** The part of the IAM API that programs need: inline policies of roles. */
import { LOCAL_ACCOUNT } from '../stack/identities.ts';
import { type AccessTable, on } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { ServedApi } from '../wire/gateway.ts';
import { unknownOperation } from '../wire/json-operation.ts';
import { queryService } from '../wire/protocols.ts';
import { successXml, type XmlValue } from '../wire/query-protocol.ts';
import type { Roles } from './roles.ts';

const NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/';

const onRole = (action: string) => (params: URLSearchParams) =>
  on(action, `arn:aws:iam::${LOCAL_ACCOUNT}:role/${params.get('RoleName') ?? ''}`);

export const ACCESS: AccessTable<URLSearchParams> = {
  GetRolePolicy: onRole('iam:GetRolePolicy'),
  PutRolePolicy: onRole('iam:PutRolePolicy'),
  DeleteRolePolicy: onRole('iam:DeleteRolePolicy'),
};

export function createIamApi(roles: Roles): ServedApi {
  const operations: Record<string, (params: Params) => XmlValue> = {
    GetRolePolicy: ({ RoleName, PolicyName }) => ({
      ...{ RoleName, PolicyName },
      PolicyDocument: encodeURIComponent(roles.policy(RoleName, PolicyName)),
    }),
    PutRolePolicy: ({ RoleName, PolicyName, PolicyDocument }) =>
      void roles.put(RoleName, PolicyName, PolicyDocument),
    DeleteRolePolicy: ({ RoleName, PolicyName }) => void roles.remove(RoleName, PolicyName),
  };
  return queryService(
    NAMESPACE,
    async (params) => {
      const action = params.get('Action') ?? '';
      const answer = operations[action];
      if (!answer) throw unknownOperation('IAM', Object.keys(operations), action, 'InvalidAction');
      return { status: 200, body: successXml(NAMESPACE, action, answer(paramsOf(params))) };
    },
    ACCESS,
  );
}

interface Params {
  RoleName: string;
  PolicyName: string;
  PolicyDocument: string;
}

function paramsOf(params: URLSearchParams): Params {
  const [RoleName, PolicyName] = ['RoleName', 'PolicyName'].map((name) => {
    const value = params.get(name);
    if (value) return value;
    throw new AwsError('ValidationError', `Expected a value for ${name}`);
  }) as [string, string];
  return { RoleName, PolicyName, PolicyDocument: params.get('PolicyDocument') ?? '' };
}

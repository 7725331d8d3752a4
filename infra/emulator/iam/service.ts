import type { Service } from '../stack/service.ts';
import { AwsError } from '../wire/aws-error.ts';
import { unknownOperation } from '../wire/json-operation.ts';
import { queryService } from '../wire/protocols.ts';
import { successXml, type XmlValue } from '../wire/query-protocol.ts';
import { Roles } from './roles.ts';

const NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/';

/** Policies of roles. They are checked for credentials that a service here has issued, and for no others. */
export const iam: Service<Roles> = {
  name: 'iam',
  types: {},
  refusals: {
    throttle: ['Throttling', 400, 'Rate exceeded'],
    unavailable: ['ServiceUnavailable', 503, 'The service is temporarily unavailable.'],
    'internal-error': [
      'ServiceFailure',
      500,
      'The request processing has failed because of an unknown error.',
    ],
  },
  open({ resources, stateDir, serve }) {
    const roles = new Roles(stateDir, resources('AWS::IAM::Role'), resources('AWS::IAM::Policy'));
    const operations: Record<string, (params: Params) => XmlValue> = {
      GetRolePolicy: ({ RoleName, PolicyName }) => ({
        ...{ RoleName, PolicyName },
        PolicyDocument: encodeURIComponent(roles.policy(RoleName, PolicyName)),
      }),
      PutRolePolicy: ({ RoleName, PolicyName, PolicyDocument }) =>
        void roles.put(RoleName, PolicyName, PolicyDocument),
      DeleteRolePolicy: ({ RoleName, PolicyName }) => void roles.remove(RoleName, PolicyName),
    };
    serve(
      queryService(NAMESPACE, async (params) => {
        const action = params.get('Action') ?? '';
        const answer = operations[action];
        if (!answer) throw unknownOperation('IAM', Object.keys(operations), action, 'InvalidAction');
        return { status: 200, body: successXml(NAMESPACE, action, answer(paramsOf(params))) };
      }),
    );
    return roles;
  },
};

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

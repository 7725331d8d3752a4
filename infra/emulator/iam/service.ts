import type { Service, ServiceContext } from '../stack/service.ts';
import type { Need } from '../wire/access.ts';
import { accessKeyOf } from '../wire/signature.ts';
import { createIamApi } from './api.ts';
import { Authority } from './authority.ts';
import { ADMINISTRATOR, type Caller, type RoleUse, roleCaller, serviceCaller } from './caller.ts';
import { type Denial, inWordsOf } from './denial.ts';
import { Roles } from './roles.ts';
import { Sessions } from './sessions.ts';
import { stackNeeds } from './stack-needs.ts';
import { POLICY_TYPES } from './types.ts';

/** Something that calls for the stack, with a role or as an AWS service. */
export interface Actor {
  /** Signs its calls at the port. */
  accessKey: string;
  /** For what it does without a call at the port. @throws AwsError where IAM denies it */
  check(...needs: readonly Need[]): void;
  /** Aborted as soon as it is denied something: to wait for its work to succeed would be in vain. */
  refused: AbortSignal;
}

export interface Iam {
  roles: Roles;
  sessions: Sessions;
  /** @param source ARN of the resource for which the service acts */
  asService(service: string, source: string): Actor;
  /** An AWS service that uses a role of the template. */
  asRole(use: { roleArn: string; service: string; source: string; session?: string }): Actor;
  /** @throws AwsError where the role does not trust who wants to use it */
  mayAssume(use: RoleUse): Caller;
  /** Who calls with this access key. @throws AwsError */
  callerOf(accessKey: string | undefined): Caller;
  /** What was denied since the start, and how often. */
  denials(): ReturnType<Authority['denials']>;
}

/** Who may do what, by the policies of the template. */
export const iam: Service<Iam> = {
  name: 'iam',
  types: POLICY_TYPES,
  refusals: {
    throttle: ['Throttling', 400, 'Rate exceeded'],
    unavailable: ['ServiceUnavailable', 503, 'The service is temporarily unavailable.'],
    'internal-error': [
      'ServiceFailure',
      500,
      'The request processing has failed because of an unknown error.',
    ],
  },
  open(context) {
    const { stack, stateDir, bus, clock, serve, guard } = context;
    const roles = new Roles(stateDir, stack.resources, () => authority.forget());
    const authority = new Authority({
      ...{ resources: stack.resources, roles },
      onDenied: (denial) => bus.publish(deniedNotice(denial)),
      onUnknownRole: (arn) => bus.publish({ type: 'notice', level: 'info', text: notInTemplate(arn) }),
    });
    const sessions = new Sessions(() => clock.now());
    for (const denial of authority.unmet(stackNeeds(stack.resources))) authority.remember(denial);
    serve(createIamApi(roles));
    guard((request, api) => {
      const caller = sessions.callerOf(accessKeyOf(request.headers, request.url));
      if (caller === ADMINISTRATOR && !authority.mayDenyAdministrator(request.service)) return;
      const needs = api?.needs?.(request);
      if (needs === undefined) return;
      inWordsOf(api?.denied, () => authority.check(caller, needs));
    });
    return iamOf(authority, roles, sessions);
  },
};

function iamOf(authority: Authority, roles: Roles, sessions: Sessions): Iam {
  const actors = new Map<string, Actor>();
  const actor = (key: string, make: () => Caller): Actor => {
    const known = actors.get(key);
    if (known) return known;
    const caller = make();
    const made = {
      accessKey: sessions.keyOf(caller),
      check: (...needs: readonly Need[]) => authority.check(caller, needs),
      refused: authority.refusedOf(caller),
    };
    actors.set(key, made);
    return made;
  };
  return {
    ...{ roles, sessions },
    asService: (service, source) => actor(`${service} ${source}`, () => serviceCaller(service, source)),
    asRole: ({ roleArn, service, source, session = service }) =>
      actor(`${service} ${source} ${roleArn}`, () =>
        roleCaller({ roleArn, session, assumedBy: serviceCaller(service, source) }),
      ),
    mayAssume(use) {
      const caller = roleCaller(use);
      authority.check(caller, []);
      return caller;
    },
    callerOf: (accessKey) => sessions.callerOf(accessKey),
    denials: () => authority.denials(),
  };
}

type Notice = Parameters<ServiceContext['bus']['publish']>[0];

const deniedNotice = ({ who, action, resource, advice, ofStack }: Denial): Notice => ({
  ...{ type: 'notice', level: ofStack ? 'error' : 'warning' },
  text: `IAM denies ${who}: ${action} on ${resource}. ${advice}`,
  ...(ofStack && { denied: `${who}: ${action} on ${resource}` }),
});

const notInTemplate = (arn: string) =>
  `The role ${arn} is not in the template: what it may do is not known here, and not checked.`;

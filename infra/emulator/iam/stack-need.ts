/** One need of a resource of the template, and the parts that every table of them uses. */
import type { StackResource } from '../stack/intrinsics.ts';
import type { Need } from '../wire/access.ts';
import { type Caller, roleCaller, serviceCaller } from './caller.ts';

export interface StackNeed extends Need {
  /** Logical id of the resource that needs it. */
  by: string;
  caller: Caller;
  /** Where AWS says so. */
  document: string;
}

/** The whole stack, to look up what a resource refers to. */
export interface Looked {
  resources: readonly StackResource[];
  /** By its `Ref` or ARN. */
  find(type: string, name: string): StackResource | undefined;
}

export type NeedsOf = (resource: StackResource, stack: Looked) => StackNeed[];

/** Actions and the resources that each is needed on. */
type Wanted = readonly (readonly [
  actions: readonly string[],
  resources: readonly string[],
  document: string,
])[];

const TRUST = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html';

export function needs(by: string, caller: Caller, wanted: Wanted): StackNeed[] {
  return wanted.flatMap(([actions, resources, document]) =>
    actions.flatMap((action) => resources.map((resource) => ({ by, caller, action, resource, document }))),
  );
}

/** Of a service that uses a role; the role has to trust it. @param source ARN of the resource for which it does */
export function withRole(
  by: string,
  use: { roleArn: string; service: string; source: string },
  wanted: Wanted,
): StackNeed[] {
  const assumedBy = serviceCaller(use.service, use.source);
  const caller = roleCaller({ roleArn: use.roleArn, session: by, assumedBy });
  return [
    ...needs(by, assumedBy, [[['sts:AssumeRole'], [use.roleArn], TRUST]]),
    ...needs(by, caller, wanted),
  ];
}

/** A key below a prefix, up to the first expression in it. */
export const keyBelow = (prefix: string): string => `${prefix.split(/[!$]\{/)[0]}x`;

/** What puts something to this ARN needs, by its service. */
export function destinationActions(arn: string): readonly string[] {
  const [, , service = ''] = arn.split(':');
  const actions: Record<string, string> = {
    ...{ lambda: 'lambda:InvokeFunction', sqs: 'sqs:SendMessage', sns: 'sns:Publish' },
    ...{ events: 'events:PutEvents', firehose: 'firehose:PutRecord', kinesis: 'kinesis:PutRecord' },
  };
  return Object.hasOwn(actions, service) ? [actions[service] ?? ''] : [];
}

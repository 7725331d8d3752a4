/** What the template grants, what needs it, and what is left unmet when a grant is taken away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../../infra/emulator/iam/authority.ts';
import { roleCaller, serviceCaller } from '../../../infra/emulator/iam/caller.ts';
import { Roles } from '../../../infra/emulator/iam/roles.ts';
import type { StackNeed } from '../../../infra/emulator/iam/stack-need.ts';
import { stackNeeds } from '../../../infra/emulator/iam/stack-needs.ts';
import type { StackResource } from '../../../infra/emulator/stack/intrinsics.ts';
import { CODE, GATEWAY_ROLE, isOfPeople, senderNeeds } from './code-needs.ts';

interface Written {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource?: string | string[];
  Principal?: { AWS?: unknown };
}

export interface Grant {
  /** Logical id of the policy. */
  policy: string;
  sid: string;
  /** The action or the resource that is taken away. */
  what: string;
  without: StackResource;
}

/** Where the statements of a type are. */
const DOCUMENTS: Record<string, string> = {
  'AWS::IAM::Policy': 'PolicyDocument',
  'AWS::IAM::ManagedPolicy': 'PolicyDocument',
  'AWS::IAM::Role': 'AssumeRolePolicyDocument',
  'AWS::IoT::Policy': 'PolicyDocument',
  'AWS::KMS::Key': 'KeyPolicy',
  'AWS::S3::BucketPolicy': 'PolicyDocument',
  'AWS::SNS::TopicPolicy': 'PolicyDocument',
  'AWS::SQS::QueuePolicy': 'PolicyDocument',
};

/** Every single action and every single resource of every statement that allows something, taken away. */
export function grantsOf(resources: readonly StackResource[]): Grant[] {
  return resources.flatMap((resource): Grant[] => {
    if (resource.type === 'AWS::Lambda::Permission') {
      const without = { ...resource, type: 'Nothing' };
      return [{ policy: resource.logicalId, sid: '', what: String(resource.properties.Action), without }];
    }
    if (isOfPeople(resource.logicalId)) return [];
    const member = DOCUMENTS[resource.type];
    const document = member === undefined ? undefined : resource.properties[member];
    if (member === undefined || document === undefined) return [];
    const { Statement } = document as { Statement: Written[] };
    return Statement.flatMap((statement, at) =>
      isOurs(statement)
        ? (['Action', 'Resource'] as const).flatMap((element) => {
            const list = [statement[element] ?? []].flat();
            // The only resource of a statement goes with its only action.
            if (element === 'Resource' && list.length < 2) return [];
            return list.map((what) => {
              const rest = list.filter((one) => one !== what);
              const left = rest.length === 0 ? [] : [{ ...statement, [element]: rest }];
              const changed = Statement.toSpliced(at, 1, ...left);
              // A policy needs a statement, so that of a nobody stays.
              const kept =
                changed.length > 0 ? changed : [{ ...statement, Effect: 'Deny', Action: 'none:None' }];
              const properties = { ...resource.properties, [member]: { ...document, Statement: kept } };
              return {
                ...{ policy: resource.logicalId, sid: statement.Sid ?? '', what },
                without: { ...resource, properties },
              };
            });
          })
        : [],
    );
  });
}

/** A key has to leave itself to its account, or nobody could change it any more. */
const isOurs = ({ Effect, Principal }: Written) =>
  Effect === 'Allow' && !String(Principal?.AWS ?? '').endsWith(':root');

/** What the resources need, and our own code. */
export const needsOf = (resources: readonly StackResource[]): StackNeed[] => [
  ...[...stackNeeds(resources), ...codeNeeds(resources)],
  ...[...senderNeeds(resources), ...gatewayNeeds(resources)],
];

/** Policies that are themselves part of who needs something. */
export const isCarried = ({ type }: Pick<StackResource, 'type'>): boolean =>
  type === 'AWS::IAM::ManagedPolicy' || type === 'AWS::IoT::Policy';

/** What is needed and not granted, as `who: action on resource`. */
export function unmet(resources: readonly StackResource[], needs = needsOf(resources)): string[] {
  const stateDir = mkdtempSync(join(tmpdir(), 'streamwatch-needs-'));
  try {
    const roles = new Roles(stateDir, resources, () => {});
    const ignore = () => {};
    const authority = new Authority({ resources, roles, onDenied: ignore, onUnknownRole: ignore });
    return authority
      .unmet(needs)
      .map(({ by, who, action, resource }) => `${by} (${who}): ${action} on ${resource}`);
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** What the functions call themselves. */
function codeNeeds(resources: readonly StackResource[]): StackNeed[] {
  return CODE.flatMap(({ fn, needs }) => {
    const found = resources.find(
      ({ type, logicalId }) => type === 'AWS::Lambda::Function' && fn.test(logicalId),
    );
    if (!found) return [];
    const caller = roleCaller({
      ...{ roleArn: String(found.properties.Role), session: found.ref },
      assumedBy: serviceCaller('lambda', found.arn),
    });
    return needs(resources).map((need) => ({ by: found.logicalId, caller, document: 'its code', ...need }));
  });
}

/** The gateway of a site puts records with the role of the alias. */
function gatewayNeeds(resources: readonly StackResource[]): StackNeed[] {
  const role = resources.find(
    ({ type, logicalId }) => type === 'AWS::IAM::Role' && GATEWAY_ROLE.test(logicalId),
  );
  const alias = resources.find(({ type }) => type === 'AWS::IoT::RoleAlias');
  const stream = resources.find(({ type }) => type === 'AWS::Kinesis::Stream');
  if (!role || !alias || !stream) return [];
  const assumedBy = serviceCaller('credentials.iot', alias.arn);
  const caller = roleCaller({ roleArn: role.arn, session: 'north', assumedBy });
  const need = { action: 'kinesis:PutRecord', resource: stream.arn };
  return [{ by: 'gateway', caller, document: 'its code', ...need }];
}

/** What our own code calls, with whose permissions. `permissions-needed.test.ts` compares it with the sources. */
import { federatedCaller } from '../../../infra/emulator/iam/caller.ts';
import { documentSchema } from '../../../infra/emulator/iam/document.ts';
import type { StackNeed } from '../../../infra/emulator/iam/stack-need.ts';
import { arnOf } from '../../../infra/emulator/stack/identities.ts';
import type { StackResource } from '../../../infra/emulator/stack/intrinsics.ts';
import type { ContextValues, Need } from '../../../infra/emulator/wire/access.ts';

type Resources = readonly StackResource[];

/** The ARN of the only resource of a type whose logical id begins so. */
function arnIn(resources: Resources, type: string, id: string): string {
  const [found, ...others] = resources.filter((one) => one.type === type && one.logicalId.startsWith(id));
  if (!found || others.length > 0) throw new Error(`Expected one ${type} that begins with ${id}`);
  return found.arn;
}

const on = (resource: string, ...actions: string[]): Need[] =>
  actions.map((action) => ({ action, resource }));
const table = (resources: Resources, id: string) => arnIn(resources, 'AWS::DynamoDB::Table', id);
const topic = (resources: Resources, id: string) => arnIn(resources, 'AWS::SNS::Topic', id);
const setAside = (resources: Resources) =>
  on(`${arnIn(resources, 'AWS::S3::Bucket', 'StorageFailures')}/set-aside/x`, 's3:PutObject');

export interface FunctionCode {
  /** Its logical id. */
  fn: RegExp;
  /** Folders of the sources that run in it. */
  sources: string[];
  needs(resources: Resources): Need[];
}

/** Items are read by partition, written one by one, and new ones together. */
const REMEMBER = ['dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:PartiQLInsert'];

export const CODE: readonly FunctionCode[] = [
  {
    fn: /^DetectionDetector/,
    sources: ['services/detector'],
    needs: (all) => [
      ...on(table(all, 'DetectionState'), ...REMEMBER),
      ...on(table(all, 'DetectionModels'), ...REMEMBER),
      ...on(topic(all, 'DetectionAlerts'), 'sns:Publish'),
      ...on(topic(all, 'DetectionSilenced'), 'sns:Publish'),
      ...on(topic(all, 'DetectionRefused'), 'sns:Publish'),
      ...setAside(all),
    ],
  },
  {
    fn: /^WatchdogFunction/,
    // It uses the detector's parts, so that its own folder calls little itself.
    sources: [],
    needs: (all) => [
      ...on(table(all, 'DetectionState'), 'dynamodb:Query', 'dynamodb:PutItem'),
      ...on(`${table(all, 'DetectionState')}/index/fronts`, 'dynamodb:Query'),
      ...on(topic(all, 'DetectionAlerts'), 'sns:Publish'),
      ...on(topic(all, 'DetectionSilenced'), 'sns:Publish'),
      ...setAside(all),
    ],
  },
  {
    fn: /^NotifierFunction/,
    sources: ['services/notifier'],
    needs: (all) => [
      ...on(arnOf('ssm', 'parameter/Streamwatch/channels'), 'ssm:GetParametersByPath'),
      ...on(table(all, 'NotifierSent'), 'dynamodb:GetItem', 'dynamodb:UpdateItem'),
    ],
  },
  {
    fn: /^EdgeHttpAuthorizer/,
    sources: ['services/authorizer'],
    needs: (all) => on(table(all, 'EdgeHttpTokens'), 'dynamodb:GetItem'),
  },
];

/** What people may do is compared with the commands that they type, in `permissions.test.ts`. */
export const isOfPeople = (logicalId: string): boolean => logicalId.startsWith('People');

/** What the gateway of a site and other senders do with a policy that somebody attaches to them. */
export function senderNeeds(resources: Resources): StackNeed[] {
  const stream = arnIn(resources, 'AWS::Kinesis::Stream', 'IngestStream');
  const alias = resources.find(({ type }) => type === 'AWS::IoT::RoleAlias')?.arn ?? '';
  const attached = { 'iot:Connection.Thing.IsAttached': 'true', 'iot:Connection.Thing.ThingName': 'north' };
  const rule = resources.find(({ type }) => type === 'AWS::IoT::TopicRule')?.ref;
  return resources.flatMap(({ type, logicalId, properties }) => {
    if ((type !== 'AWS::IAM::ManagedPolicy' && type !== 'AWS::IoT::Policy') || isOfPeople(logicalId))
      return [];
    const caller = federatedCaller(logicalId, documentSchema.parse(properties.PolicyDocument));
    const by = (needs: Need[], context?: ContextValues) =>
      needs.map((need) => ({
        by: logicalId,
        caller,
        document: 'its code',
        ...need,
        ...(context && { context }),
      }));
    if (type === 'AWS::IAM::ManagedPolicy') return by(on(stream, 'kinesis:PutRecord', 'kinesis:PutRecords'));
    return by(
      [
        ...on(alias, 'iot:AssumeRoleWithCertificate'),
        ...(rule === undefined
          ? []
          : [
              ...on(arnOf('iot', 'client/north'), 'iot:Connect'),
              ...on(arnOf('iot', `topic/$aws/rules/${rule}/north`), 'iot:Publish'),
            ]),
      ],
      attached,
    );
  });
}

/** The role that the gateway of a site gets for its certificate. */
export const GATEWAY_ROLE = /^EdgeRole/;

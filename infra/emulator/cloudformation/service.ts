/** CloudFormation's view of the one stack that runs here, for programs that find its names by asking. */
import { arnOf, stableUuid } from '../stack/identities.ts';
import type { Stack, StackResource } from '../stack/intrinsics.ts';
import type { Service } from '../stack/service.ts';
import { type AccessTable, on } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type QueryApi, queryService } from '../wire/protocols.ts';
import type { XmlValue } from '../wire/query-protocol.ts';

const CREATED = 'CREATE_COMPLETE';
const MOST_DESCRIBED = 100;

export const cloudformation: Service<void> = {
  name: 'cloudformation',
  types: {},
  open({ stack, clock, serve }) {
    const api = {
      title: 'CloudFormation',
      namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
      operations: operationsOn(stack, new Date(clock.now()).toISOString()),
    };
    serve(queryService(api, ACCESS));
  },
};

const onStack = (operation: string) => (params: URLSearchParams) => {
  const name = params.get('StackName');
  if (name === null) return on(`cloudformation:${operation}`, '*');
  return on(`cloudformation:${operation}`, name.startsWith('arn:') ? name : stackArn(name));
};

export const ACCESS: AccessTable<URLSearchParams> = {
  DescribeStacks: onStack('DescribeStacks'),
  ListStacks: () => on('cloudformation:ListStacks', '*'),
  DescribeStackResources: onStack('DescribeStackResources'),
  ListStackResources: onStack('ListStackResources'),
  GetTemplate: onStack('GetTemplate'),
};

const stackArn = (name: string) => arnOf('cloudformation', `stack/${name}/${idOf(name)}`);

/** @param createdAt ISO 8601: when this emulator was started */
function operationsOn(stack: Stack, createdAt: string): QueryApi['operations'] {
  const StackId = stackArn(stack.name);
  const facts = { StackName: stack.name, StackId, CreationTime: createdAt, StackStatus: CREATED };
  const Outputs = Object.entries(stack.outputs).map(([OutputKey, OutputValue]) => ({
    OutputKey,
    OutputValue,
  }));
  const summary = ({ logicalId, ref, type }: StackResource) => ({
    ...{ LogicalResourceId: logicalId, PhysicalResourceId: ref, ResourceType: type },
    ResourceStatus: CREATED,
  });
  const ofOurs = (answer: () => XmlValue) => (params: URLSearchParams) => {
    const name = params.get('StackName') ?? stack.name;
    if (name === stack.name || name === StackId) return answer();
    throw new AwsError('ValidationError', `Stack with id ${name} does not exist`);
  };

  return {
    DescribeStacks: ofOurs(() => ({ Stacks: [{ ...facts, DisableRollback: false, Outputs }] })),
    ListStacks: () => ({ StackSummaries: [facts] }),
    DescribeStackResources: ofOurs(() => ({
      // The API gives the first hundred, and has no pages.
      StackResources: stack.resources.slice(0, MOST_DESCRIBED).map((resource) => ({
        ...{ StackName: stack.name, StackId, Timestamp: createdAt },
        ...summary(resource),
      })),
    })),
    GetTemplate: ofOurs(() => ({
      TemplateBody: JSON.stringify(stack.template),
      StagesAvailable: ['Original', 'Processed'],
    })),
    ListStackResources: ofOurs(() => ({
      StackResourceSummaries: stack.resources.map((resource) => ({
        ...summary(resource),
        LastUpdatedTimestamp: createdAt,
      })),
    })),
  };
}

const idOf = (stackName: string) =>
  stableUuid({ stackName, logicalId: stackName, properties: {}, endpoint: '' });

/** CloudFormation's view of the one stack that runs here, for programs that find its names by asking. */
import { arnOf, stableUuid } from '../stack/identities.ts';
import type { Stack, StackResource } from '../stack/intrinsics.ts';
import type { Service } from '../stack/service.ts';
import { type AccessTable, on } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import { unknownOperation } from '../wire/json-operation.ts';
import { queryService } from '../wire/protocols.ts';
import { successXml, type XmlValue } from '../wire/query-protocol.ts';

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';
const CREATED = 'CREATE_COMPLETE';
const MOST_DESCRIBED = 100;

export const cloudformation: Service<void> = {
  name: 'cloudformation',
  types: {},
  open({ stack, clock, serve }) {
    const operations = operationsOn(stack, new Date(clock.now()).toISOString());
    serve(
      queryService(
        NAMESPACE,
        async (params) => {
          const action = params.get('Action') ?? '';
          const operation = operations.get(action);
          if (!operation)
            throw unknownOperation('CloudFormation', [...operations.keys()], action, 'InvalidAction');
          return {
            status: 200,
            body: successXml(NAMESPACE, action, operation(params.get('StackName') ?? undefined)),
          };
        },
        ACCESS,
      ),
    );
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

type Operation = (stackName: string | undefined) => XmlValue;

/** @param createdAt ISO 8601: when this emulator was started */
function operationsOn(stack: Stack, createdAt: string): Map<string, Operation> {
  const StackId = stackArn(stack.name);
  const facts = { StackName: stack.name, StackId, CreationTime: createdAt, StackStatus: CREATED };
  const Outputs = Object.entries(stack.outputs).map(([OutputKey, OutputValue]) => ({
    OutputKey,
    OutputValue,
  }));

  function mustBeOurs(name: string | undefined): void {
    if (name === undefined || name === stack.name || name === StackId) return;
    throw new AwsError('ValidationError', `Stack with id ${name} does not exist`);
  }
  const summary = ({ logicalId, ref, type }: StackResource) => ({
    ...{ LogicalResourceId: logicalId, PhysicalResourceId: ref, ResourceType: type },
    ResourceStatus: CREATED,
  });

  return new Map<string, Operation>([
    [
      'DescribeStacks',
      (name) => {
        mustBeOurs(name);
        return { Stacks: [{ ...facts, DisableRollback: false, Outputs }] };
      },
    ],
    ['ListStacks', () => ({ StackSummaries: [facts] })],
    [
      'DescribeStackResources',
      (name) => {
        mustBeOurs(name);
        return {
          // The API gives the first hundred, and has no pages.
          StackResources: stack.resources.slice(0, MOST_DESCRIBED).map((resource) => ({
            ...{ StackName: stack.name, StackId, Timestamp: createdAt },
            ...summary(resource),
          })),
        };
      },
    ],
    [
      'GetTemplate',
      (name) => {
        mustBeOurs(name);
        return { TemplateBody: JSON.stringify(stack.template), StagesAvailable: ['Original', 'Processed'] };
      },
    ],
    [
      'ListStackResources',
      (name) => {
        mustBeOurs(name);
        return {
          StackResourceSummaries: stack.resources.map((resource) => ({
            ...summary(resource),
            LastUpdatedTimestamp: createdAt,
          })),
        };
      },
    ],
  ]);
}

const idOf = (stackName: string) =>
  stableUuid({ stackName, logicalId: stackName, properties: {}, endpoint: '' });

import { z } from 'zod';
import type { InstalledNode } from '../base/installed-node.ts';
import { own } from '../base/own.ts';
import { arnOf, byUuid, named } from '../stack/identities.ts';
import type { Stack, StackResource } from '../stack/intrinsics.ts';
import { pathsOf } from '../stack/obeyed.ts';
import { sendToQueueAt } from '../stack/send-to-queue.ts';
import type { Service } from '../stack/service.ts';
import { createLambdaApi } from './api.ts';
import { AsyncInvocations, eventInvokeProperties } from './async-invocations.ts';
import { functionProperties } from './configuration.ts';
import type { LambdaFunction } from './function.ts';
import { codeProperties, type Functions, openFunctions } from './functions.ts';
import { type NodeChoice, nodeFor } from './node-choice.ts';

const FUNCTION = 'AWS::Lambda::Function';
const EVENT_INVOKE_CONFIG = 'AWS::Lambda::EventInvokeConfig';

export interface Lambda extends Functions {
  /** Accepts an asynchronous invocation. */
  invokeLater(fn: LambdaFunction, payload: string): void;
  /** For each runtime of the template, the Node.js that runs its functions here. */
  nodes(): Map<string, NodeChoice>;
}

export const lambda: Service<Lambda> = {
  name: 'lambda',
  types: {
    [FUNCTION]: {
      identity: named('FunctionName', (name) => arnOf('lambda', `function:${name}`)),
      obeys: ['FunctionName', ...pathsOf(codeProperties), ...pathsOf(functionProperties)],
      runs: isInvoked,
    },
    [EVENT_INVOKE_CONFIG]: { identity: byUuid(), obeys: pathsOf(eventInvokeProperties) },
  },
  open(context) {
    const { bus, clock, resources, serve, onDrain, onClose } = context;
    const functions = openFunctions(resources(FUNCTION), context);
    const later = new AsyncInvocations({
      ...{
        configurations: resources(EVENT_INVOKE_CONFIG),
        clock,
        sendToQueue: sendToQueueAt(context.endpoint),
      },
      warn: bus.warn,
    });
    onDrain(() => later.stop());
    onClose(() => later.stop());
    const invokeLater = later.accept.bind(later);
    serve(createLambdaApi(functions.find, invokeLater, bus));
    return { ...functions, invokeLater, nodes: () => nodesOf(resources(FUNCTION), context.nodes) };
  },
};

function nodesOf(functions: StackResource[], installed: readonly InstalledNode[]): Map<string, NodeChoice> {
  const runtimes = functions.map(({ properties }) => functionProperties.parse(properties).Runtime);
  return new Map(runtimes.map((runtime) => [runtime, nodeFor(runtime, installed)]));
}

/** A function that no resource of the template invokes belongs to a custom resource: only CloudFormation calls it. */
function isInvoked({ ref, arn }: StackResource, stack: Stack): boolean {
  return stack.resources.some(({ type, properties }) => {
    const targets = [own(INVOKERS, type)?.(properties)].flat();
    return targets.some((target) => target !== undefined && (target === ref || target === arn));
  });
}

const transforming = z.object({
  ExtendedS3DestinationConfiguration: z.object({
    ProcessingConfiguration: z.object({
      Processors: z.array(z.object({ Parameters: z.array(z.object({ ParameterValue: z.unknown() })) })),
    }),
  }),
});

/** Of each type that invokes functions, the function. */
const INVOKERS: Record<string, (properties: StackResource['properties']) => unknown> = {
  // Part of the URI of an invocation: arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations
  'AWS::ApiGateway::Authorizer': ({ AuthorizerUri }) => /functions\/([^/]+)/.exec(String(AuthorizerUri))?.[1],
  'AWS::Lambda::EventSourceMapping': ({ FunctionName }) => FunctionName,
  'AWS::KinesisFirehose::DeliveryStream': (properties) =>
    transforming
      .safeParse(properties)
      .data?.ExtendedS3DestinationConfiguration.ProcessingConfiguration.Processors.flatMap(({ Parameters }) =>
        Parameters.map(({ ParameterValue }) => ParameterValue),
      ),
  'AWS::SNS::Subscription': ({ Protocol, Endpoint }) => (Protocol === 'lambda' ? Endpoint : undefined),
  'AWS::Scheduler::Schedule': ({ Target }) => (Target as { Arn?: unknown } | undefined)?.Arn,
};

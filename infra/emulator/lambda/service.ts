import { own } from '../base/own.ts';
import { arnOf, named, stableUuid } from '../stack/identities.ts';
import type { Stack, StackResource } from '../stack/intrinsics.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { createLambdaApi } from './api.ts';
import { AsyncInvocations, eventInvokeProperties } from './async-invocations.ts';
import { functionProperties } from './configuration.ts';
import type { LambdaFunction } from './function.ts';
import { codeProperties, type Functions, openFunctions } from './functions.ts';

const FUNCTION = 'AWS::Lambda::Function';
const EVENT_INVOKE_CONFIG = 'AWS::Lambda::EventInvokeConfig';

export interface Lambda extends Functions {
  /** Accepts an asynchronous invocation. */
  invokeLater(fn: LambdaFunction, payload: string): void;
}

export const lambda: Service<Lambda> = {
  name: 'lambda',
  types: {
    [FUNCTION]: {
      identity: named('FunctionName', (name) => arnOf('lambda', `function:${name}`)),
      obeys: ['FunctionName', ...pathsOf(codeProperties), ...pathsOf(functionProperties)],
      runs: isInvoked,
    },
    [EVENT_INVOKE_CONFIG]: {
      identity: (subject) => ({ ref: stableUuid(subject), attributes: {} }),
      obeys: pathsOf(eventInvokeProperties),
    },
  },
  open(context) {
    const { bus, clock, resources, serve, onDrain, onClose } = context;
    const functions = openFunctions(resources(FUNCTION), context);
    const later = new AsyncInvocations({
      ...{ configurations: resources(EVENT_INVOKE_CONFIG), clock },
      warn: (text) => bus.publish({ type: 'notice', level: 'warning', text }),
    });
    onDrain(() => later.stop());
    onClose(() => later.stop());
    const invokeLater = later.accept.bind(later);
    serve(createLambdaApi(functions.find, invokeLater, bus));
    return { ...functions, invokeLater };
  },
};

/** A function that neither a mapping nor a schedule invokes belongs to a custom resource: only CloudFormation calls it. */
function isInvoked({ ref, arn }: StackResource, stack: Stack): boolean {
  return stack.resources.some(({ type, properties }) => {
    const target = own(INVOKERS, type)?.(properties);
    return target !== undefined && (target === ref || target === arn);
  });
}

/** Of each type that invokes functions, the function. */
const INVOKERS: Record<string, (properties: StackResource['properties']) => unknown> = {
  'AWS::Lambda::EventSourceMapping': ({ FunctionName }) => FunctionName,
  'AWS::Scheduler::Schedule': ({ Target }) => (Target as { Arn?: unknown } | undefined)?.Arn,
};

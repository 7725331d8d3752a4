import { arnOf, named } from '../stack/identities.ts';
import type { Stack, StackResource } from '../stack/intrinsics.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { createLambdaApi } from './api.ts';
import { functionProperties } from './configuration.ts';
import { codeProperties, type Functions, openFunctions } from './functions.ts';

const FUNCTION = 'AWS::Lambda::Function';

export const lambda: Service<Functions> = {
  name: 'lambda',
  types: {
    [FUNCTION]: {
      identity: named('FunctionName', (name) => arnOf('lambda', `function:${name}`)),
      obeys: ['FunctionName', ...pathsOf(codeProperties), ...pathsOf(functionProperties)],
      runs: isInvoked,
    },
  },
  open(context) {
    const functions = openFunctions(context.resources(FUNCTION), context);
    context.serve(createLambdaApi(functions.find, context.bus));
    return functions;
  },
};

/** A function without an event source mapping, and that is no authorizer, belongs to a custom resource: only CloudFormation calls it. */
function isInvoked({ ref, arn }: StackResource, stack: Stack): boolean {
  return stack.resources.some(
    ({ type, properties }) =>
      (type === 'AWS::Lambda::EventSourceMapping' &&
        (properties.FunctionName === ref || properties.FunctionName === arn)) ||
      (type === 'AWS::ApiGateway::Authorizer' && String(properties.AuthorizerUri).includes(arn)),
  );
}

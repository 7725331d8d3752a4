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
  open({ resources, assetFolder, stateDir, endpoint, bus, clock, serve, onClose }) {
    const functions = openFunctions({
      functions: resources(FUNCTION),
      ...{ assetFolder, stateDir, endpoint, bus, clock, onClose },
    });
    serve(createLambdaApi(functions.find, bus));
    return functions;
  },
};

/** A function that no event source mapping invokes is a custom resource's, which only CloudFormation calls. */
function isInvoked({ ref, arn }: StackResource, stack: Stack): boolean {
  return stack.resources.some(
    ({ type, properties }) =>
      type === 'AWS::Lambda::EventSourceMapping' &&
      (properties.FunctionName === ref || properties.FunctionName === arn),
  );
}

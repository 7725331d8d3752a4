/** A function of ours with a role of its own, which may do what it is given, and write its log. */
import { Policy, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { allow } from './allow.ts';
import { expiringLogGroup } from './log-group.ts';
import { type FunctionProps, nodeFunction } from './node-function.ts';
import { traceStatements } from './tracing.ts';

interface Props extends FunctionProps {
  /** Of the ids of what belongs to the function. */
  prefix?: string;
  /** What the role is for. */
  roleDescription: string;
  statements: PolicyStatement[];
}

export function leastFunction(
  scope: Construct,
  id: string,
  { prefix = '', roleDescription, statements, ...props }: Props,
): { function: NodejsFunction; permissions: Policy } {
  const logGroup = expiringLogGroup(scope, `${prefix}Logs`, props.config);
  const role = new Role(scope, `${prefix}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: roleDescription,
  });
  const writeLogs = allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
  const permissions = new Policy(scope, `${prefix}Permissions`, {
    roles: [role],
    statements: [...statements, ...traceStatements(props.config), writeLogs],
  });
  const fn = nodeFunction(scope, id, { ...props, logGroup, role: role.withoutPolicyUpdates() });
  // Lambda tests the role when it creates the function, so the permissions must exist by then.
  fn.node.addDependency(permissions);
  return { function: fn, permissions };
}

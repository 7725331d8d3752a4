/**
 * The way of a site's gateway to the stream: AWS IoT exchanges the certificate of a site for credentials of this role,
 * which last 15 minutes. Sites are enrolled by `npm run enroll`; they are not in the template, because they outlive it.
 */
import { Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPolicy, CfnRoleAlias } from 'aws-cdk-lib/aws-iot';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { CREDENTIAL_SECONDS, ruleTopic } from '../../services/contract/edge.ts';
import { allow } from './parts/allow.ts';

export class Edge extends Construct {
  /** What the commands for sites need to know. */
  readonly outputs: Record<'EdgeRoleAlias' | 'EdgePolicyName' | 'EdgeRoleName', string>;

  /** @param ruleName of the rule to which sites may publish over MQTT; undefined where they may not */
  constructor(scope: Construct, id: string, stream: Stream, ruleName?: string) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('credentials.iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Streamwatch edge: what the gateway of a site may do with its certificate',
    });
    new Policy(this, 'Permissions', {
      roles: [role],
      statements: [allow('SendFromSite', ['kinesis:PutRecord'], stream.streamArn)],
    });
    const alias = new CfnRoleAlias(this, 'RoleAlias', {
      roleArn: role.roleArn,
      credentialDurationSeconds: CREDENTIAL_SECONDS,
    });
    // Attached to each certificate when its site is enrolled.
    const policy = new CfnPolicy(this, 'SitePolicy', {
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'iot:AssumeRoleWithCertificate', Resource: alias.attrRoleAliasArn },
          ...(ruleName === undefined ? [] : mayPublish(this, ruleName)),
        ],
      },
    });
    // AWS IoT deletes no policy that is attached to certificates, and the stack could not be removed.
    policy.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.outputs = { EdgeRoleAlias: alias.ref, EdgePolicyName: policy.ref, EdgeRoleName: role.roleName };
  }
}

/** A site connects under its own name, and publishes to the rule under its own name: AWS IoT puts in whose certificate it is. */
function mayPublish(scope: Construct, ruleName: string): object[] {
  const site = '${iot:Connection.Thing.ThingName}';
  const arn = (resource: string, resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'iot', resource, resourceName });
  return [
    {
      ...{ Effect: 'Allow', Action: 'iot:Connect', Resource: arn('client', site) },
      Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
    },
    { Effect: 'Allow', Action: 'iot:Publish', Resource: arn('topic', ruleTopic(ruleName, site)) },
  ];
}

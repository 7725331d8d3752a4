/**
 * The way in over MQTT, for equipment that speaks nothing else, and for sites that are not trusted: AWS IoT itself makes
 * the site's name the partition key. An acknowledgement means that AWS IoT has the message, not that the stream has it;
 * what the stream does not take is kept in the failure bucket.
 */
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Aws, Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { EDGE_ERRORS_PREFIX } from '../../services/contract/edge.ts';

/** The prefix `$aws/rules/NAME` is no part of what `topic()` counts: the site is its first level. */
const SITE = '${topic(1)}';

interface EdgeMqttProps {
  stream: Stream;
  failures: Bucket;
  ruleName: string;
}

export class EdgeMqtt extends Construct {
  readonly outputs: Record<'EdgeRuleName', string>;

  constructor(scope: Construct, id: string, { stream, failures, ruleName }: EdgeMqttProps) {
    super(scope, id);
    const role = new Role(this, 'RuleRole', {
      assumedBy: new ServicePrincipal('iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Streamwatch: puts what sites publish into the stream, or into the failure bucket',
    });
    const permissions = new Policy(this, 'RulePermissions', {
      roles: [role],
      statements: [
        new PolicyStatement({
          ...{ sid: 'SendPublished', actions: ['kinesis:PutRecord'], resources: [stream.streamArn] },
        }),
        new PolicyStatement({
          ...{ sid: 'KeepUnsent', actions: ['s3:PutObject'] },
          resources: [failures.arnForObjects(`${EDGE_ERRORS_PREFIX}*`)],
          conditions: { StringEquals: { 's3:ResourceAccount': Aws.ACCOUNT_ID } },
        }),
      ],
    });
    const bucket = Stack.of(this).getLogicalId(failures.node.defaultChild as CfnBucket);
    Validations.of(permissions).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${EDGE_ERRORS_PREFIX}*]`,
      reason: 'AWS IoT names the objects after site and time',
    });
    const rule = new CfnTopicRule(this, 'Rule', {
      ruleName,
      topicRulePayload: {
        description: 'Streamwatch: readings of sites, as they are, into the stream',
        awsIotSqlVersion: '2016-03-23',
        // All bytes as they came. Without FROM, only what is published to the rule itself (basic ingest): a FROM could take
        // messages of the rest of the account.
        sql: 'SELECT *',
        actions: [{ kinesis: { roleArn: role.roleArn, streamName: stream.streamName, partitionKey: SITE } }],
        errorAction: {
          s3: {
            ...{ roleArn: role.roleArn, bucketName: failures.bucketName },
            key: `${EDGE_ERRORS_PREFIX}${SITE}/\${timestamp()}-\${newuuid()}.json`,
          },
        },
      },
    });
    rule.node.addDependency(permissions);
    this.outputs = { EdgeRuleName: rule.ref };
  }
}

/**
 * The way in over MQTT, for equipment that speaks nothing else, and for sites that are not trusted: AWS IoT itself makes
 * the site's name the partition key. An acknowledgement means that AWS IoT has the message, not that the stream has it;
 * what the stream does not take is kept in the failure bucket.
 */
import { Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { EDGE_ERRORS_PREFIX } from '../../services/contract/edge.ts';
import { acknowledgeObjects } from './parts/acknowledge.ts';
import { allow, allowInOwnBucket } from './parts/allow.ts';

/** The prefix `$aws/rules/NAME` is not part of what `topic()` counts: the site is its first level. */
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
        allow('SendPublished', ['kinesis:PutRecord'], stream.streamArn),
        allowInOwnBucket('KeepUnsent', ['s3:PutObject'], failures.arnForObjects(`${EDGE_ERRORS_PREFIX}*`)),
      ],
    });
    acknowledgeObjects(
      permissions,
      failures,
      'AWS IoT names the objects after site and time',
      EDGE_ERRORS_PREFIX,
    );
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

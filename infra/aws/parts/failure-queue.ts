/** A queue of messages about failures. Nothing consumes it: an alarm goes off until somebody has dealt with them. */
import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Aws, type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

interface FailureQueueProps {
  description: string;
  /** The events that become messages. */
  eventPattern: EventPattern;
  /** How long a message stays, and the alarm with it, unless somebody removes it. */
  retention: Duration;
}

export class FailureQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { description, eventPattern, retention }: FailureQueueProps) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const rule = new Rule(this, 'Rule', { description, eventPattern });
    // Bound without CDK's own grant, which has no condition on the account.
    rule.addTarget({ bind: () => ({ arn: this.queue.queueArn, targetResource: this.queue }) });
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EventsReportFailures',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': rule.ruleArn },
        },
      }),
    );
    for (const finding of ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy']) {
      Validations.of(this.queue).acknowledge({
        id: finding,
        reason: 'It is itself where failures end up; nothing consumes it, so no consumer can fail',
      });
    }
    Validations.of(rule).acknowledge({
      id: 'Serverless-EventBusDLQ',
      reason: 'EventBridge retries for a day; what failed is kept elsewhere, this only reports it',
    });
  }
}

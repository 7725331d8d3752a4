/** A queue of messages about failures. Nothing consumes it: an alarm goes off until somebody has dealt with them. */
import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Aws, type Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

interface FailureQueueProps {
  description: string;
  /** The events that become messages. */
  eventPattern: EventPattern;
  /** How long a message stays, and the alarm with it, unless somebody removes it. */
  retention: Duration;
}

/** A queue without a source. */
export function failureQueue(scope: Construct, id: string, retention: Duration): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: retention,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const last = 'It is itself where failures end up; nothing consumes it, so no consumer can fail';
  acknowledge(queue, last, 'AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy');
  return queue;
}

/** With events that become messages. */
export class FailureQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { description, eventPattern, retention }: FailureQueueProps) {
    super(scope, id);
    this.queue = failureQueue(this, 'Queue', retention);
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
    const reported = 'EventBridge retries for a day; what failed is kept elsewhere, this only reports it';
    acknowledge(rule, reported, 'Serverless-EventBusDLQ');
  }
}

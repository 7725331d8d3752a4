import type { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Validations } from 'aws-cdk-lib/core';

/** Each address gets a message from SNS, and nothing else until it confirms by the link in there. */
export function subscribeEmails(topic: Topic, addresses: string[]): void {
  for (const address of addresses) {
    const subscription = topic.addSubscription(new EmailSubscription(address));
    Validations.of(subscription).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason: 'SNS takes an e-mail as delivered when the mail server has it; there is nothing to redrive',
    });
  }
}

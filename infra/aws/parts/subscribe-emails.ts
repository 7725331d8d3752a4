import type { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Validations } from 'aws-cdk-lib/core';

/** Each address gets one message from SNS, and no others until it confirms with the link in that message. */
export function subscribeEmails(topic: Topic, addresses: string[]): void {
  for (const address of addresses) {
    const subscription = topic.addSubscription(new EmailSubscription(address));
    Validations.of(subscription).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason: 'To SNS an e-mail is delivered once the mail server accepts it; there is nothing to redrive',
    });
  }
}

import type { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { acknowledge } from './acknowledge.ts';

/** Each address gets one message from SNS, and no others until it confirms with the link in that message. */
export function subscribeEmails(topic: Topic, addresses: string[]): void {
  for (const address of addresses) {
    const subscription = topic.addSubscription(new EmailSubscription(address));
    const redriven =
      'To SNS an e-mail is delivered once the mail server accepts it; there is nothing to redrive';
    acknowledge(subscription, redriven, 'Serverless-SNSRedrivePolicy');
  }
}

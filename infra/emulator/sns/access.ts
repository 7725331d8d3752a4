/** What IAM is asked for each operation of SNS. */
import { type AccessTable, on } from '../wire/access.ts';
import { stringMap } from '../wire/query-protocol.ts';
import { topicOfSubscription } from './subscriptions.ts';

type Params = URLSearchParams;
const member = (params: Params, name: string) => params.get(name) ?? '';

const onTopic = (operation: string) => (params: Params) => on(`sns:${operation}`, member(params, 'TopicArn'));
const onSubscription = (operation: string) => (params: Params) =>
  on(`sns:${operation}`, topicOfSubscription(member(params, 'SubscriptionArn')));

export const ACCESS: AccessTable<Params> = {
  Publish: (params) => on('sns:Publish', params.get('TopicArn') ?? params.get('TargetArn') ?? '*'),
  PublishBatch: onTopic('Publish'),
  Subscribe(params) {
    const { SubscriptionRoleArn: role } = stringMap(params, 'Attributes');
    const context = {
      'sns:Protocol': member(params, 'Protocol'),
      'sns:Endpoint': member(params, 'Endpoint'),
    };
    const subscribe = on('sns:Subscribe', member(params, 'TopicArn'), context);
    return role === undefined ? subscribe : [...subscribe, ...on('iam:PassRole', role)];
  },
  ConfirmSubscription: onTopic('ConfirmSubscription'),
  Unsubscribe: onSubscription('Unsubscribe'),
  ListTopics: () => on('sns:ListTopics', '*'),
  GetTopicAttributes: onTopic('GetTopicAttributes'),
  ListSubscriptions: () => on('sns:ListSubscriptions', '*'),
  ListSubscriptionsByTopic: onTopic('ListSubscriptionsByTopic'),
  GetSubscriptionAttributes: onSubscription('GetSubscriptionAttributes'),
  SetSubscriptionAttributes: onSubscription('SetSubscriptionAttributes'),
};

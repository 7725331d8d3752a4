import { firehose } from '../firehose/service.ts';
import { mailbox } from '../mailbox/service.ts';
import { arnOf, nameOf, placeholderIdentity } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { queryService } from '../wire/protocols.ts';
import { openSns, SNS_NAMESPACE, type Sns } from './sns.ts';
import { parseSubscription, parseTopic, subscriptionProperties, topicProperties } from './template.ts';

const TOPIC = 'AWS::SNS::Topic';
const SUBSCRIPTION = 'AWS::SNS::Subscription';

export const sns: Service<Sns> = {
  name: 'sns',
  types: {
    [TOPIC]: {
      identity(subject) {
        const name = nameOf(subject, 'TopicName');
        return { ref: arnOf('sns', name), attributes: { TopicArn: arnOf('sns', name), TopicName: name } };
      },
      obeys: ['TopicName', ...pathsOf(topicProperties)],
    },
    [SUBSCRIPTION]: {
      identity: (subject) => placeholderIdentity(SUBSCRIPTION, subject),
      obeys: pathsOf(subscriptionProperties),
    },
  },
  refusals: {
    throttle: ['Throttling', 400, 'Rate exceeded'],
    unavailable: ['ServiceUnavailable', 503, 'The service is temporarily unavailable.'],
    'internal-error': ['InternalError', 500, 'Internal error'],
  },
  open({ resources, stateDir, endpoint, bus, clock, of, serve, onClose }) {
    const opened = openSns({
      topics: resources(TOPIC).map(parseTopic),
      subscriptions: resources(SUBSCRIPTION).map(({ properties }) => parseSubscription(properties)),
      mail: (mail) => of(mailbox).send(mail),
      putToFirehose: (arn, data) => of(firehose).put(arn, data),
      endpoint: () => endpoint,
      ...{ stateDir, bus, clock },
    });
    onClose(() => opened.close());
    serve(queryService(SNS_NAMESPACE, opened.handle));
    opened.resume();
    return opened;
  },
};

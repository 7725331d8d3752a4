import type { IncomingMessage, ServerResponse } from 'node:http';
import { SetupError } from '../base/setup-error.ts';
import { firehose } from '../firehose/service.ts';
import { iam } from '../iam/service.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import { type Lambda, lambda } from '../lambda/service.ts';
import { mailbox } from '../mailbox/service.ts';
import { arnOf, nameOf, placeholderIdentity } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import { type SendToQueue, sendToQueueAt } from '../stack/send-to-queue.ts';
import type { Service, ServiceContext } from '../stack/service.ts';
import { AwsError } from '../wire/aws-error.ts';
import { whyForeign } from '../wire/origin.ts';
import { queryService } from '../wire/protocols.ts';
import { parseTarget } from '../wire/request-target.ts';
import { ACCESS } from './access.ts';
import type { Receivers } from './dispatcher.ts';
import { openSns, type Sns } from './sns.ts';
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
  open({ resources, stateDir, endpoint, bus, clock, of, serve, serveUnsigned, onClose }) {
    const subscriptions = resources(SUBSCRIPTION).map(({ properties }) => parseSubscription(properties));
    // Opened now, so that a function that cannot run is an error at the start.
    for (const { protocol, endpoint: arn } of subscriptions) if (protocol === 'lambda') of(lambda).use(arn);
    const opened = openSns({
      ...{ topics: resources(TOPIC).map(parseTopic), subscriptions },
      mail: (mail) => of(mailbox).send(mail),
      ...receivers(of, sendToQueueAt(endpoint)),
      endpoint: () => endpoint,
      ...{ stateDir, bus, clock },
    });
    onClose(() => opened.close());
    serve(queryService(opened.api, ACCESS, ['AuthorizationError', 403]));
    serveUnsigned((request, response) => visit(opened, request, response));
    opened.resume();
    return opened;
  },
};

/** What SNS hands on, as itself or with the role of a subscription. */
function receivers(of: ServiceContext['of'], sendToQueue: SendToQueue): Omit<Receivers, 'mail'> {
  const { asService, asRole } = of(iam);
  return {
    async putToFirehose({ deliveryStreamArn, roleArn, topicArn }, data) {
      const put = { action: 'firehose:PutRecord', resource: deliveryStreamArn };
      if (roleArn !== undefined) asRole({ roleArn, service: 'sns', source: topicArn }).check(put);
      await of(firehose).put(deliveryStreamArn, data);
    },
    async invokeLater(arn, topicArn, event) {
      const fn = functionOf(of(lambda), arn);
      asService('sns', topicArn).check({ action: 'lambda:InvokeFunction', resource: fn.arn });
      of(lambda).invokeLater(fn, event);
    },
    sendToQueue: (queueArn, topicArn, ...message) =>
      sendToQueue(queueArn, asService('sns', topicArn).accessKey, ...message),
  };
}

/** A subscription made by the API may name a function that is not there: only its messages are refused then. */
function functionOf({ use }: Lambda, arn: string): LambdaFunction {
  try {
    return use(arn);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new AwsError('ResourceNotFoundException', error.message, 404);
  }
}

/** Whether the request is for an address that stands in a message; it is answered then. */
function visit(sns: Sns, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== 'GET') return false;
  const { path, query } = parseTarget(request.url ?? '/');
  const answer = sns.visit(path, query);
  if (answer === undefined) return false;
  // A page of another site must not end a subscription by an address that it guesses.
  const foreign = whyForeign(request.headers) ?? whyLed(request.headers['sec-fetch-site']);
  if (foreign !== undefined) {
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(`${foreign}\n`);
    return true;
  }
  answer.then(
    ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
    (error: Error) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error.message}\n`),
  );
  return true;
}

const whyLed = (site: unknown): string | undefined =>
  site === 'cross-site' || site === 'same-site'
    ? 'Another site led here. Copy the address into the address bar.'
    : undefined;

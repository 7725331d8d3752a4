import { z } from 'zod';
import { measureOf } from '../base/measure.ts';
import { SetupError } from '../base/setup-error.ts';
import { arnOf, nameOf } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import { flag } from '../stack/properties.ts';
import type { Service } from '../stack/service.ts';
import { jsonService } from '../wire/protocols.ts';
import { ACCESS } from './access.ts';
import { queueUrl, sqsOperations } from './operations.ts';
import { Queue, queueProperties } from './queue.ts';

const QUEUE = 'AWS::SQS::Queue';
const fifo = z.object({ FifoQueue: flag.default(false) });

export const sqs: Service<void> = {
  name: 'sqs',
  types: {
    [QUEUE]: {
      identity(subject) {
        const name = nameOf(subject, 'QueueName');
        const url = queueUrl(subject.endpoint, arnOf('sqs', name));
        return { ref: url, attributes: { Arn: arnOf('sqs', name), QueueName: name, QueueUrl: url } };
      },
      obeys: ['QueueName', ...pathsOf(queueProperties)],
    },
  },
  refusals: {
    throttle: ['RequestThrottled', 400, 'The request was denied due to request throttling.'],
    unavailable: ['ServiceUnavailable', 503, 'The service is temporarily unavailable.'],
    'internal-error': ['InternalFailure', 500, 'The request processing has failed: internal failure.'],
  },
  open({ resources, endpoint, bus, clock, serve, onClose }) {
    const queues = resources(QUEUE).map(({ arn, logicalId, properties }) => {
      if (fifo.parse(properties).FifoQueue) {
        throw new SetupError(`Queue ${logicalId} is a FIFO queue: only standard queues run here.`);
      }
      return new Queue(arn.slice(arn.lastIndexOf(':') + 1), arn, properties, clock);
    });
    for (const queue of queues) {
      const measure = measureOf(bus, 'AWS/SQS', { QueueName: queue.name });
      const sample = () => measure('ApproximateNumberOfMessagesVisible', queue.counts().visible);
      bus.on('sample', sample);
      onClose(() => bus.off('sample', sample));
      onClose(() => queue.close());
    }
    const api = {
      title: 'SQS',
      operations: sqsOperations(queues, endpoint),
      errors: { invalid: 'InvalidParameterValueException', unknown: 'InvalidAction' },
    };
    serve(jsonService(api, ACCESS, ['AccessDenied', 403]));
  },
};

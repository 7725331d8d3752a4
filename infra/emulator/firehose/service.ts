import { glue } from '../glue/service.ts';
import { kinesis } from '../kinesis/service.ts';
import { s3 } from '../s3/service.ts';
import { arnOf, named } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { type Delivery, openDelivery, sourceProperties } from './firehose.ts';
import { deliveryStreamProperties } from './properties.ts';

const DELIVERY_STREAM = 'AWS::KinesisFirehose::DeliveryStream';

export const firehose: Service<Delivery> = {
  name: 'firehose',
  types: {
    [DELIVERY_STREAM]: {
      identity: named('DeliveryStreamName', (name) => arnOf('firehose', `deliverystream/${name}`)),
      obeys: ['DeliveryStreamName', ...pathsOf(sourceProperties), ...pathsOf(deliveryStreamProperties)],
    },
  },
  open({ resources, stateDir, bus, clock, beforeWrite, of, onDrain, onClose }) {
    return openDelivery({
      resources: resources(DELIVERY_STREAM),
      tables: of(glue).tables,
      client: of(kinesis).client,
      s3Root: of(s3).root,
      ...{ stateDir, bus, clock, beforeWrite, onDrain, onClose },
    });
  },
};

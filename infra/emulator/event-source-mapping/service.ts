import { join } from 'node:path';
import { z } from 'zod';
import { loadCheckpoints } from '../kinesis/reader/checkpoints.ts';
import { auditFor } from '../kinesis/reader/losses.ts';
import { kinesis } from '../kinesis/service.ts';
import { lambda } from '../lambda/service.ts';
import { objectArn } from '../s3/access.ts';
import { s3 } from '../s3/service.ts';
import { byUuid } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { mappingProperties, parseMapping } from './configuration.ts';
import { startEventSourceMapping } from './mapping.ts';

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const invoked = z.object({ FunctionName: z.string() });

/** Part of Lambda: reads streams and invokes functions with their records. */
export const eventSourceMapping: Service<void> = {
  name: 'event-source-mapping',
  types: {
    [MAPPING]: {
      identity: byUuid('Id'),
      obeys: [...pathsOf(invoked), ...pathsOf(mappingProperties)],
    },
  },
  async open({ resources, stateDir, bus, clock, beforeWrite, of, onDrain, onClose }) {
    for (const { ref: id, properties } of resources(MAPPING)) {
      const { clientOf, auditor } = of(kinesis);
      const fn = of(lambda).use(invoked.parse(properties).FunctionName);
      // The mapping acts with the role of its function.
      const { actor } = fn;
      const client = clientOf(actor);
      const checkpoints = await loadCheckpoints(join(stateDir, 'checkpoints', `${id}.json`), clock);
      const consumer = {
        ...{ ...checkpoints, task: `evaluated by ${fn.name}` },
        streamName: parseMapping(properties).streamName,
      };
      const mapping = startEventSourceMapping({
        ...{ id, properties, bus, clock, beforeWrite, client, fn, checkpoints },
        audit: auditFor(auditor, consumer, bus),
        s3Root: of(s3).root,
        onKept: of(s3).created,
        mayKeep: (bucket, key) => actor.check({ action: 's3:PutObject', resource: objectArn(bucket, key) }),
      });
      onDrain(() => mapping.drain());
      onClose(() => mapping.stop());
    }
  },
};

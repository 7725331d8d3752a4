/** What publishing alerts needs, of both functions: everything that lives as long as an execution environment. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import type { PublishingEnvironment } from './env.ts';
import { createFailureBucket } from './failure-bucket.ts';
import { createIncidentStore } from './incident-store.ts';
import { createInsert, type Insert } from './insert.ts';
import { createKnownSilences } from './known-silences.ts';
import { createPublisher } from './notify.ts';
import type { OutboxParts } from './outboxes.ts';
import { createRecord } from './record.ts';
import { waitForSockets } from './sockets.ts';
import { createTurns } from './turns.ts';
import { createWaitingSites, type WaitingSites } from './waiting-sites.ts';

// A call that hangs must fail while there is still time to try again, and to report it. Without the last option the
// SDK only warns (https://github.com/aws/aws-sdk-js-v3, NodeHttpHandlerOptions).
export const PATIENCE = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
};

/** Most cold starts find nothing wrong: what only an alert or a warning needs is made when there is one. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export interface Publishing extends OutboxParts {
  dynamo: DynamoDBClient;
  insert: Insert;
  waitingSites: WaitingSites;
}

export function createPublishing({
  stateTable,
  alertTopicArn,
  silencedTopicArn,
  failureBucket,
  pointers,
}: PublishingEnvironment): Publishing {
  // A fleet that begins makes thousands of calls, all with the same middleware.
  const dynamo = new DynamoDBClient({ ...PATIENCE, cacheMiddleware: true });
  waitForSockets(dynamo);
  const insert = createInsert(dynamo);
  const logger = once(() => new Logger());
  return {
    ...{ dynamo, insert, pointers },
    store: createIncidentStore(dynamo, stateTable, Date.now, insert),
    publish: createPublisher(
      // Every attempt needs a turn: the publisher's caller repeats it.
      once(() => new SNSClient({ ...PATIENCE, maxAttempts: 1 })),
      alertTopicArn,
    ),
    turns: createTurns(dynamo, stateTable, { now: Date.now, sleep }),
    waitingSites: createWaitingSites(dynamo, stateTable, Date.now),
    keep: createFailureBucket(failureBucket, PATIENCE),
    silences: createKnownSilences(dynamo, stateTable, { now: Date.now, logger }),
    record: createRecord(
      once(() => new SNSClient(PATIENCE)),
      silencedTopicArn,
    ),
    ...{ logger, now: Date.now },
  };
}

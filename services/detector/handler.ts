/** The Lambda function: everything that lives as long as its execution environment is made here, once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { parseRules } from '../contract/rule.ts';
import { createDetector } from './detector.ts';
import { readEnvironment } from './env.ts';
import { createFailureBucket } from './failure-bucket.ts';
import { createIncidentStore } from './incident-store.ts';
import { createModelStore } from './model-store.ts';
import { createPublisher } from './notify.ts';
import { createReport } from './report.ts';
import rulesJson from './rules.json' with { type: 'json' };
import { createTurns } from './turns.ts';

// The rules are parsed once: compiling a parser for them first would take longer than that.
z.config({ jitless: true });

const env = readEnvironment(process.env);
const { stateTable, modelTable, alertTopicArn, refusedTopicArn, failureBucket, lake, batchSize } = env;
// A call that hangs must fail while there is still time to try again, and to report it. Without the last option the
// SDK only warns (https://github.com/aws/aws-sdk-js-v3, NodeHttpHandlerOptions).
const patience = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
};

/** Most cold starts find nothing wrong: what only an alert or a warning needs is made when there is one. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const dynamo = new DynamoDBClient(patience);

export const handler = createDetector({
  rules: parseRules(rulesJson),
  lake,
  store: createIncidentStore(dynamo, stateTable, Date.now),
  models: { store: createModelStore(dynamo, modelTable, Date.now), periodMs: env.modelPeriodMs },
  publish: createPublisher(
    // Every attempt needs a turn: the publisher's caller repeats it.
    once(() => new SNSClient({ ...patience, maxAttempts: 1 })),
    alertTopicArn,
  ),
  report: createReport(
    once(() => new SNSClient(patience)),
    refusedTopicArn,
  ),
  turns: createTurns(dynamo, stateTable, { now: Date.now, sleep }),
  batchSize,
  keep: createFailureBucket(failureBucket, patience),
  logger: once(() => new Logger()),
  metrics: new Metrics(),
  now: Date.now,
});

/** The Lambda function: everything that lives as long as its execution environment is made here, once. */
import { Metrics } from '@aws-lambda-powertools/metrics';
import { SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { parseRules } from '../contract/rule.ts';
import { createDetector } from './detector.ts';
import { readEnvironment } from './env.ts';
import { createModelStore } from './model-store.ts';
import { createPublishing, once, PATIENCE } from './publishing.ts';
import { createReport } from './report.ts';
import rulesJson from './rules.json' with { type: 'json' };

// The rules are parsed once: compiling a parser for them first would take longer than that.
z.config({ jitless: true });

const environment = readEnvironment(process.env);
const publishing = createPublishing(environment);

export const handler = createDetector({
  ...publishing,
  rules: parseRules(rulesJson),
  report: createReport(
    once(() => new SNSClient(PATIENCE)),
    environment.refusedTopicArn,
  ),
  models: {
    store: createModelStore(publishing.dynamo, environment.modelTable, Date.now, publishing.insert),
    periodMs: environment.modelPeriodMs,
  },
  batchSize: environment.batchSize,
  metrics: new Metrics(),
});

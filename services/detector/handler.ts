/** The Lambda function: everything that lives as long as its execution environment is made here, once. */
import { Metrics } from '@aws-lambda-powertools/metrics';
import { SNSClient } from '@aws-sdk/client-sns';
import { checkedRules } from '../contract/checked-rules.ts';
import { createDetector } from './detector.ts';
import { readEnvironment } from './env.ts';
import { createModelStore } from './model-store.ts';
import { createPublishing, once, PATIENCE } from './publishing.ts';
import { createReport } from './report.ts';
import rulesJson from './rules.json' with { type: 'json' };

const environment = readEnvironment(process.env);
const publishing = createPublishing(environment);

export const handler = createDetector({
  ...publishing,
  rules: checkedRules(rulesJson),
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

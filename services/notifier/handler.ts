/** The Lambda function on the alert topic: everything that lives as long as its execution environment is made here. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { DETECTOR_METRICS, type DetectorMetric, METRICS_DIMENSION } from '../contract/detector-metrics.ts';
import { WHEREABOUTS, whereaboutsIn } from '../contract/look.ts';
import { createChannelReader } from './channels.ts';
import { createNotifier, type TopicEvent } from './notifier.ts';
import { post } from './post.ts';
import { createSentLog } from './sent-log.ts';
import { type TryEvent, type TryResult, tryChannel } from './try-channel.ts';

// Each schema is used a few times: compiling parsers for them first would take longer than that.
z.config({ jitless: true });

const { CHANNELS_PATH = '', SENT_TABLE_NAME = '' } = process.env;
if (CHANNELS_PATH === '' || SENT_TABLE_NAME === '') {
  throw new Error('Expected CHANNELS_PATH and SENT_TABLE_NAME, which the stack sets on the function');
}
const variable = (name: string) => process.env[name] ?? '';
const PATIENCE = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
};
const ssm = new SSMClient(PATIENCE);
const logger = new Logger();
// Counted with the messages that the topic refuses: either way somebody is not told, and one alarm watches both.
const metrics = new Metrics({ serviceName: METRICS_DIMENSION.service });
const UNTOLD: DetectorMetric = 'NotificationFailures';
const parts = {
  channels: createChannelReader(ssm, CHANNELS_PATH, Date.now),
  sentLog: createSentLog(new DynamoDBClient(PATIENCE), SENT_TABLE_NAME, Date.now),
  whereabouts: whereaboutsIn(
    { stack: variable(WHEREABOUTS.stack), workGroup: variable(WHEREABOUTS.workGroup) },
    process.env,
  ),
  ...{ post, logger: () => logger, now: Date.now },
  countUntold(channels: number) {
    metrics.addMetric(UNTOLD, DETECTOR_METRICS[UNTOLD].unit, channels);
    metrics.publishStoredMetrics();
  },
};
const notify = createNotifier(parts);

export async function handler(event: TopicEvent | TryEvent): Promise<TryResult | undefined> {
  if (!('try' in event)) {
    await notify(event);
    return undefined;
  }
  // Read anew: it may have been written just now.
  return tryChannel(event.try, { ...parts, channels: createChannelReader(ssm, CHANNELS_PATH, Date.now) });
}

/** The watchdog on in-memory AWS. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Rule } from '../../../../services/contract/rule.ts';
import { createIncidentStore } from '../../../../services/detector/incident-store.ts';
import { createKnownSilences } from '../../../../services/detector/known-silences.ts';
import { createPublisher } from '../../../../services/detector/notify.ts';
import { createRecord } from '../../../../services/detector/record.ts';
import { createWaitingSites } from '../../../../services/detector/waiting-sites.ts';
import { createFronts } from '../../../../services/detector/watchdog/site-fronts.ts';
import { createWatchdog, type Watchdog } from '../../../../services/detector/watchdog/watchdog.ts';
import type { FakeAws } from './fake-aws.ts';
import { ALERT_TOPIC, POINTERS, SILENCED_TOPIC } from './harness.ts';

function quietMetrics(): Metrics {
  const metrics = new Metrics({ namespace: 'Test', serviceName: 'detector' });
  Object.assign(metrics, { console: { log() {} } });
  return metrics;
}

/** An environment of the function. @param now wall clock, ms since the epoch */
export function watchdogOn(
  aws: FakeAws,
  rules: readonly Rule[],
  now: () => number,
  metrics = quietMetrics(),
): Watchdog {
  const logger = new Logger({ logLevel: 'SILENT' });
  return createWatchdog({
    rules,
    fronts: createFronts(aws.dynamo, 'state'),
    store: createIncidentStore(aws.dynamo, 'state', now),
    silences: createKnownSilences(aws.dynamo, 'state', { now, logger: () => logger }),
    record: createRecord(() => aws.sns, SILENCED_TOPIC),
    waitingSites: createWaitingSites(aws.dynamo, 'state', now),
    publish: createPublisher(() => aws.sns, ALERT_TOPIC),
    turns: { take: async () => 0 },
    keep: async () => {},
    ...{ pointers: POINTERS, logger: () => logger, metrics, now },
  });
}

/** The second Lambda function, which a schedule invokes once a minute. It shares the detector's store and outboxes. */
import { Metrics } from '@aws-lambda-powertools/metrics';
import { checkedRules } from '../../contract/checked-rules.ts';
import { METRICS_DIMENSION } from '../../contract/detector-metrics.ts';
import { readPublishingEnvironment } from '../env.ts';
import { createPublishing } from '../publishing.ts';
import rulesJson from '../rules.json' with { type: 'json' };
import { createFronts } from './site-fronts.ts';
import { createWatchdog, type TickContext } from './watchdog.ts';

const environment = readPublishingEnvironment(process.env);
const publishing = createPublishing(environment);
const tick = createWatchdog({
  ...publishing,
  rules: checkedRules(rulesJson),
  fronts: createFronts(publishing.dynamo, environment.stateTable),
  // Incidents are counted together, by detector and watchdog.
  metrics: new Metrics({ serviceName: METRICS_DIMENSION.service }),
});

export const handler = (_event: unknown, context: TickContext): Promise<void> => tick(context);

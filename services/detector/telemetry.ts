/** What the detector says about itself: metrics every time, log lines only when there is something to say. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { DETECTOR_METRICS, type DetectorMetric } from '../contract/detector-metrics.ts';

/** Sites or messages that a log line names; the others are counted. */
const MAX_NAMED = 5;

export type Measures = Record<DetectorMetric, number>;

/** Zeros are left out, but for what says that the detector is alive: a metric costs by the byte logged. */
export function emitMetrics(metrics: Metrics, measures: Measures): void {
  for (const name of Object.keys(measures) as DetectorMetric[]) {
    if (measures[name] === 0 && name !== 'Readings') continue;
    metrics.addMetric(name, DETECTOR_METRICS[name].unit, measures[name]);
  }
  metrics.publishStoredMetrics();
}

/** @param what failed, by its name, such as a site or a message's subject */
export function logFailures(logger: () => Logger, message: string, what: ReadonlyMap<string, unknown>): void {
  if (what.size === 0) return;
  const named = [...what].slice(0, MAX_NAMED).map(([name, error]) => ({ name, error: describeError(error) }));
  logger().error(message, { failures: named, count: what.size });
}

/** Error objects of the SDK carry the whole request with them. */
export function describeError(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message}`.slice(0, 300)
    : String(error).slice(0, 300);
}

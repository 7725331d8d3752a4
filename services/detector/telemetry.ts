/** What the detector says about itself: metrics every time, log lines only when there is something to say. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { DETECTOR_METRICS, type DetectorMetric } from '../contract/detector-metrics.ts';

/** Sites or messages that a log line names; the others are counted. */
const MAX_NAMED = 5;

export type Measures = Record<DetectorMetric, number>;

/** Zeros are left out, but for what says that the detector is alive: a metric costs by the byte logged. */
export function emitMetrics(metrics: Metrics, measures: Partial<Measures>): void {
  const told = (Object.entries(measures) as [DetectorMetric, number][]).filter(
    ([name, value]) => value !== 0 || name === 'Readings',
  );
  if (told.length === 0) return;
  for (const [name, value] of told) metrics.addMetric(name, DETECTOR_METRICS[name].unit, value);
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

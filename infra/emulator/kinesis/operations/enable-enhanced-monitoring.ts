import { METRICS, MONITORING, setMetrics } from '../api/monitoring.ts';
import { operation } from '../api/operation.ts';

export const enableEnhancedMonitoring = operation(MONITORING, (input, { streams }) =>
  setMetrics(streams, input, (on, named) => METRICS.filter((metric) => on.has(metric) || named.has(metric))),
);

/**
 * Sums of the health metrics that functions send to CloudWatch. In its embedded metric format they are JSON lines in a
 * function's log.
 */
import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';

const emfSchema = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(z.object({ Metrics: z.array(z.object({ Name: z.string() })) })),
  }),
});

export interface HealthMetrics {
  /** Takes one line of a function's log; ignores lines without embedded metrics. */
  add(line: string): void;
  /** Sum of all values so far; 0 for a name never seen. */
  sum(name: string): number;
  /** The last value; 0 for a name never seen. */
  latest(name: string): number;
}

export function createHealthMetrics(): HealthMetrics {
  const sums = new Map<string, number>();
  const latest = new Map<string, number>();
  return {
    add(line) {
      if (!line.includes('"CloudWatchMetrics"')) return;
      const record = parseJson(line, emfSchema);
      for (const { Metrics } of record?._aws.CloudWatchMetrics ?? []) {
        for (const { Name } of Metrics) {
          latest.set(Name, total(record?.[Name]));
          sums.set(Name, (sums.get(Name) ?? 0) + total(record?.[Name]));
        }
      }
    },
    sum: (name) => sums.get(name) ?? 0,
    latest: (name) => latest.get(name) ?? 0,
  };
}

/** A value is a number, or an array of numbers when several were added before the flush. */
function total(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + total(item), 0);
  return typeof value === 'number' ? value : 0;
}

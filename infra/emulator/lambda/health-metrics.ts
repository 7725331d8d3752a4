/**
 * CloudWatch's embedded metric format: a function's metrics are JSON lines in its log, which CloudWatch Logs picks out.
 * Here they are summed, for the page and the closing account.
 */
import { z } from 'zod';

const emfSchema = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(z.object({ Metrics: z.array(z.object({ Name: z.string() })) })),
  }),
});

export interface HealthMetrics {
  /** Takes one line of a function's log; anything but embedded metrics is passed over. */
  add(line: string): void;
  /** Sum of all values of a metric so far; 0 for one never seen. */
  sum(name: string): number;
  /** What a metric said last; 0 for one never seen. */
  latest(name: string): number;
}

export function createHealthMetrics(): HealthMetrics {
  const sums = new Map<string, number>();
  const latest = new Map<string, number>();
  return {
    add(line) {
      if (!line.includes('"CloudWatchMetrics"')) return;
      const record = parse(line);
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

function parse(line: string): z.infer<typeof emfSchema> | undefined {
  try {
    return emfSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** A value is a number or, when several were added before the flush, an array of them. */
function total(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + total(item), 0);
  return typeof value === 'number' ? value : 0;
}

/** Sums of the health metrics that functions send to CloudWatch by their logs. */
import { embeddedMetrics } from '../base/emf.ts';

export interface HealthMetrics {
  /** Takes one line of a function's log; ignores lines without embedded metrics. */
  add(line: string): void;
  /** Sum of all values so far; 0 for a name never seen. */
  sum(name: string): number;
  /** The sum of the last line that had it; 0 for a name never seen. */
  latest(name: string): number;
}

export function createHealthMetrics(): HealthMetrics {
  const sums = new Map<string, number>();
  const latest = new Map<string, number>();
  return {
    add(line) {
      const totals = new Map<string, number>();
      for (const { name, value } of embeddedMetrics(line)) totals.set(name, (totals.get(name) ?? 0) + value);
      for (const [name, value] of totals) {
        latest.set(name, value);
        sums.set(name, (sums.get(name) ?? 0) + value);
      }
    },
    sum: (name) => sums.get(name) ?? 0,
    latest: (name) => latest.get(name) ?? 0,
  };
}

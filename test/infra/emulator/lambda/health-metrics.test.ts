import { describe, expect, it } from 'vitest';
import { createHealthMetrics } from '../../../../infra/emulator/lambda/health-metrics.ts';

const emf = (values: Record<string, number | number[]>) =>
  JSON.stringify({
    _aws: {
      Timestamp: 0,
      CloudWatchMetrics: [
        {
          Namespace: 'Streamwatch',
          Dimensions: [[]],
          Metrics: Object.keys(values).map((Name) => ({ Name })),
        },
      ],
    },
    ...values,
  });

describe('createHealthMetrics', () => {
  it('adds up each metric over all lines, arrays of values included', () => {
    const metrics = createHealthMetrics();
    metrics.add(emf({ readings: 40, malformed: 1 }));
    metrics.add(emf({ readings: [2, 3] }));
    expect([metrics.sum('readings'), metrics.sum('malformed'), metrics.sum('never')]).toEqual([45, 1, 0]);
  });

  it('skips ordinary log lines, broken ones and those that only mention the format', () => {
    const metrics = createHealthMetrics();
    for (const line of [
      'START RequestId: 1',
      '{"level":"INFO"}',
      '{"CloudWatchMetrics"',
      '{"x":"\\"CloudWatchMetrics\\""}',
    ]) {
      metrics.add(line);
    }
    expect(metrics.sum('readings')).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { METRIC_FIELDS, METRICS, type Range } from '../../services/contract/reading.ts';
import { SENSORS } from '../../simulator/sensors.ts';

const isWithin = (inner: Range, outer: Range) => inner.min >= outer.min && inner.max <= outer.max;

describe.each(METRICS)('the sensor of %s', (metric) => {
  const { normal, abnormal, shows } = SENSORS[metric];

  it('shows what the contract takes', () => {
    expect(isWithin(shows, METRIC_FIELDS[metric].range)).toBe(true);
  });

  it('can show healthy and abnormal values, and these do not meet', () => {
    expect(isWithin(normal, shows) && isWithin(abnormal, shows)).toBe(true);
    expect(abnormal.min > normal.max || abnormal.max < normal.min).toBe(true);
  });
});

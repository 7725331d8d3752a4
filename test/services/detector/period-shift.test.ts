import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../services/contract/reading.ts';
import { shiftOf } from '../../../services/detector/period-shift.ts';
import { periodOf } from '../../../services/detector/site-model.ts';

const MINUTE_MS = 60_000;
const PERIOD_MS = 20 * MINUTE_MS;
const SITES = Array.from({ length: 1000 }, (_, i) => `site-${i}`);

const at = (site_id: string, ms: number) => ({ site_id, timestamp: new Date(ms).toISOString() }) as Reading;

describe('the periods of sites', () => {
  it('begin in every minute of a period, with about as many sites in each', () => {
    const minutes = SITES.map((site) => shiftOf(site, PERIOD_MS) / MINUTE_MS);
    const counts = Array.from({ length: 20 }, (_, minute) => minutes.filter((one) => one === minute).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(SITES.length);
    expect(Math.min(...counts)).toBeGreaterThan(30);
    expect(Math.max(...counts)).toBeLessThan(75);
  });

  it('are the same whenever they are asked for, in any order', () => {
    const forwards = SITES.map((site) => shiftOf(site, PERIOD_MS));
    expect(SITES.toReversed().map((site) => shiftOf(site, PERIOD_MS))).toEqual(forwards.toReversed());
  });

  it('are as long as the setting says, and begin before the reading', () => {
    const ms = Date.UTC(2026, 0, 31, 10, 7, 30);
    for (const site of SITES.slice(0, 50)) {
      const period = periodOf(at(site, ms), { periodMs: PERIOD_MS });
      expect(ms - period).toBeGreaterThanOrEqual(0);
      expect(ms - period).toBeLessThan(PERIOD_MS);
      expect(periodOf(at(site, ms + PERIOD_MS), { periodMs: PERIOD_MS })).toBe(period + PERIOD_MS);
      expect(periodOf(at(site, period), { periodMs: PERIOD_MS })).toBe(period);
    }
  });

  it('begin with the minute where a period is no longer than that', () => {
    expect(shiftOf('site-a', MINUTE_MS)).toBe(0);
    expect(shiftOf('site-a', 1000)).toBe(0);
  });
});

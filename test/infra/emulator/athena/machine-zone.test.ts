import { afterEach, expect, it, vi } from 'vitest';
import { createHarness } from './support/harness.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it.each(['Asia/Tokyo', 'America/Lima'])("a query's zone is UTC on a machine in %s", async (zone) => {
  vi.stubEnv('TZ', zone);
  const harness = createHarness({ tables: [], now: () => Date.UTC(2026, 2, 1, 2, 30) });
  try {
    const { rows, reason } = await harness.query(`SELECT current_timestamp, current_date,
      parse_datetime('2026-02-28 05:06', 'yyyy-MM-dd HH:mm'), date_trunc('day', current_timestamp),
      date_format(current_timestamp, '%Y-%m-%d %H'), to_iso8601(from_iso8601_timestamp('2026-03-01T00:00:00Z'))`);
    expect(reason).toBeUndefined();
    expect(rows[0]?.split(' | ')).toEqual([
      '2026-03-01 02:30:00.000 UTC',
      '2026-03-01',
      '2026-02-28 05:06:00.000 UTC',
      '2026-03-01 00:00:00.000 UTC',
      '2026-03-01 02',
      '2026-03-01T00:00:00.000Z',
    ]);
  } finally {
    await harness.close();
  }
});

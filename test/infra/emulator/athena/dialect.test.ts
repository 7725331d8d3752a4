import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECT, SAMPLES } from './support/dialect-cases.ts';
import { createHarness, type Harness, plainTable } from './support/harness.ts';
import { ERRORS_OF_ATHENA, MORE, REFUSED } from './support/more-cases.ts';

let harness: Harness;
beforeAll(async () => {
  const columns =
    'device string, site string, temperature double, cpu double, ts timestamp, iso string, doc string';
  harness = createHarness({ tables: [plainTable('samples', columns)] });
  await harness.write('samples/all.parquet', SAMPLES);
});
afterAll(() => harness.close());

for (const [group, cases] of Object.entries({ ...DIALECT, ...MORE })) {
  describe(group, () => {
    it.each(cases.map(([sql, ...rows]) => ({ sql, rows })))('$sql', async ({ sql, rows }) => {
      const outcome = await harness.query(sql);
      expect(outcome.reason).toBeUndefined();
      expect(outcome.rows).toEqual(rows);
    });
  });
}

describe("what Athena refuses is refused, under Athena's name", () => {
  it.each(ERRORS_OF_ATHENA)('%s', async (sql, reason) => {
    const outcome = await harness.query(sql);
    expect(outcome.state).toBe('FAILED');
    expect(outcome.reason).toMatch(reason);
    expect(outcome.reason).not.toMatch(/athena_|NOT_SUPPORTED_LOCALLY/);
  });
});

describe('what this engine would answer differently is refused by name', () => {
  it.each(REFUSED)('%s', async (sql, reason) => {
    const outcome = await harness.query(sql);
    expect(outcome.state).toBe('FAILED');
    expect(outcome.reason).toMatch(reason);
    expect(outcome.reason).not.toMatch(/athena_/);
  });
});

/** What is remembered of a file is forgotten when another takes its place. */
import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createHarness, plainTable } from './support/harness.ts';

it('a file of the same name and size is read again', async () => {
  const harness = createHarness({ tables: [plainTable('made_again', 'a int, b int')] });
  try {
    const path = join(harness.root, 'bucket/made_again/one.parquet');
    const answers: string[] = [];
    const sizes = new Set<number>();
    for (const [second, column] of ['a', 'b'].entries()) {
      await harness.write('made_again/one.parquet', `SELECT 7 AS ${column}`);
      utimesSync(path, second, second);
      sizes.add(statSync(path).size);
      answers.push(...(await harness.query('SELECT a, b FROM made_again')).rows);
    }
    expect(sizes.size).toBe(1);
    expect(answers).toEqual(['7 | NULL', 'NULL | 7']);
  } finally {
    await harness.close();
  }
});

/** Measured figures in the pages are those of the files that the measurements wrote. */
import { describe, expect, it } from 'vitest';
import { type BenchResults, benchTable, ENGLISH, PORTUGUESE } from './figures/bench.ts';
import { lastRun } from './figures/prove.ts';
import { pagesWithFigures } from './figures/run.ts';
import { readPage } from './support/page.ts';

it.each(Object.entries(pagesWithFigures()))('%s is up to date: else npm run figures', (path, text) => {
  expect(readPage(path)).toBe(text);
});

describe('a table', () => {
  it('of benchmarks names the one to run where a row is missing', () => {
    expect(() => benchTable({}, ENGLISH)).toThrow('Run: npm run bench -- detector --keep');
  });

  it('of benchmarks says what missed its budget', () => {
    const results: BenchResults = JSON.parse(readPage('test/bench/results.json'));
    const [row] = results.detector?.tables.flatMap(({ rows }) => rows) ?? [];
    if (row) Object.assign(row, { ratio: 1.801, met: false });
    expect(benchTable(results, ENGLISH)).toContain('| 1.8 (missed) | ≤ 1.75 |');
    expect(benchTable(results, PORTUGUESE)).toContain('| 1,8 (não atingida) | ≤ 1,75 |');
  });

  it('of prove counts what held, and names scenarios that it has not seen', () => {
    const outcome = { findings: [], seconds: 2, at: '2026-01-31T10:00:00.000Z' };
    const text = lastRun(
      {
        ...{ seed: 7, machine: 'a machine' },
        outcomes: [
          { name: 'good', ...outcome },
          { name: 'bad', ...outcome, findings: ['A mail is missing'] },
        ],
      },
      ['good', 'bad', 'new'],
    );
    expect(text).toContain('seed 7; a machine; 2026-01-31.');
    expect(text).toContain('1 of 2 held, in 4 s.');
    expect(text).toContain('Newer than this run: `new`.');
  });
});

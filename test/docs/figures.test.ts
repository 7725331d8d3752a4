/** Measured figures in the pages are those of the files that the measurements wrote. */
import { describe, expect, it } from 'vitest';
import { synthesize } from '../infra/aws/support/synth.ts';
import { type BenchResults, benchTable, ENGLISH, PORTUGUESE } from './figures/bench.ts';
import { designOf, namedBills } from './figures/cost.ts';
import { limits } from './figures/limits.ts';
import { lastRun } from './figures/prove.ts';
import { pagesWithFigures } from './figures/run.ts';
import { readPage } from './support/page.ts';

const template = { Resources: synthesize().resources };

it.each(Object.entries(pagesWithFigures(template)))(
  '%s is up to date: else npm run figures',
  (path, text) => {
    expect(readPage(path)).toBe(text);
  },
);

it('the README names the bill that the template has', () => {
  const [small, large] = namedBills(designOf(template));
  const free = small.items.reduce((sum, { freeUsd }) => sum + freeUsd, 0);
  const text = readPage('README.md').replaceAll(/\s+/g, ' ');
  expect(text).toContain(`about $${small.total.toFixed(0)} a month at list price for 100 devices`);
  expect(text).toContain(`($${(small.total - free).toFixed(0)} after what every account gets free)`);
  expect(text).toContain(`${(large.perMillion * 100).toFixed(1)} cents per million readings for 10,000`);
});

describe('a table', () => {
  it('of benchmarks names the one to run where a row is missing', () => {
    expect(() => benchTable({}, ENGLISH)).toThrow('Run: npm run bench -- detector --keep');
  });

  it('of benchmarks says what missed its budget', () => {
    const results: BenchResults = JSON.parse(readPage('test/bench/results.json'));
    const rows = results.detector?.tables.flatMap((table) => table.rows) ?? [];
    const row = rows.find(({ name }) => name === 'quiet, thresholds only, packed / floor, packed');
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

  it('of limits shows what was measured, and says what was not as promised', () => {
    const figures = { sent: 1_000, opened: 2, resolved: 2, mails: 4, repeatedMails: 0 };
    const run = { at: '2026-01-31T10:00:00.000Z', machine: 'a machine' };
    const step = { target: 30_000, reached: 29_688.4, medianAgeMs: 990, maxAgeMs: 2_400, sustained: true };
    const text = limits({
      ramp: { ...run, ramp: [step], verdict: { findings: [], figures } },
      soak: {
        ...{ ...run, seconds: 600, readingsPerSecond: 999, maxAgeMs: 1_700, quarterMb: [1, 2, 3, 4.4] },
        verdict: { findings: ['A mail is missing'], figures },
      },
    });
    expect(text).toContain('| 30,000 | 29,688 | 1.0 s | 2.4 s | yes |');
    expect(text).toContain('a machine; 2026-01-31. All 1,000 readings were where they belong.');
    expect(text).toContain('1, 2, 3, 4 MB. 2 incidents opened, 2 resolved, 4 mails,\nnone told again.');
    expect(text).toContain('**Not all was as promised:** A mail is missing.');
  });
});

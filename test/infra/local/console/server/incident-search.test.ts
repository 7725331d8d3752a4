import { describe, expect, it } from 'vitest';
import type { ListedIncident } from '../../../../../infra/local/console/page-state.ts';
import { createIncidentBook } from '../../../../../infra/local/console/server/incident-book.ts';
import {
  incidentQuerySchema,
  searchIncidents,
} from '../../../../../infra/local/console/server/incident-search.ts';

const STATES = ['firing', 'firing', 'recovering', 'resolved'] as const;
/** Ten thousand, at a hundred sites. */
const all = Array.from(
  { length: 10_000 },
  (_, i): ListedIncident => ({
    ...{ id: `i${i}`, state: STATES[i % 4] ?? 'firing', site_id: `site-${i % 100}`, device_id: `dev-${i}` },
    ...{ rule: i % 3 === 0 ? 'hot' : 'full', severity: i % 2 === 0 ? 'critical' : 'warning' },
    ...{
      started_at: '2026-01-31T09:30:00.000Z',
      timeline: [],
      summary: `too ${i % 3 === 0 ? 'hot' : 'full'}`,
    },
  }),
);
const search = (query: Record<string, string | number>) =>
  searchIncidents(all, incidentQuerySchema.parse(query));

describe('the search for incidents', () => {
  it('counts exactly, whatever it lists', () => {
    const { matching, incidents, facets } = search({ state: 'open', offset: 7_450 });
    expect([matching, incidents.length]).toEqual([7_500, 50]);
    expect(facets.state).toEqual([
      { value: 'firing', count: 5_000 },
      { value: 'recovering', count: 2_500 },
      { value: 'resolved', count: 2_500 },
    ]);
    expect(facets.site).toHaveLength(75);
  });

  it('filters by every facet, and says of each what the others leave', () => {
    const { matching, facets } = search({
      state: 'firing',
      severity: 'critical',
      site: 'site-4',
      rule: 'hot',
    });
    const expected = all.filter(
      ({ state, severity, site_id, rule }) =>
        state === 'firing' && severity === 'critical' && site_id === 'site-4' && rule === 'hot',
    );
    expect(matching).toBe(expected.length);
    expect(facets.severity).toEqual([{ value: 'critical', count: expected.length }]);
    expect(facets.rule.map(({ value }) => value)).toEqual(['full', 'hot']);
  });

  it('finds words of any of its names, in any order', () => {
    expect(search({ search: 'HOT dev-99 site-99' }).incidents.map(({ device_id }) => device_id)).toEqual(
      all
        .filter(
          ({ device_id, site_id, rule }) =>
            rule === 'hot' && device_id.includes('dev-99') && site_id === 'site-99',
        )
        .map(({ device_id }) => device_id),
    );
    expect(search({ search: 'nowhere' }).matching).toBe(0);
    expect(search({ device: 'dev-7' }).matching).toBe(1);
  });

  it('refuses what is not a filter', () => {
    expect(incidentQuerySchema.safeParse({ limit: 100_000 }).success).toBe(false);
    expect(incidentQuerySchema.safeParse({ colour: 'red' }).success).toBe(false);
  });
});

describe('the book of incidents', () => {
  it('is worked out again only when something has changed', async () => {
    const table = { items: [], isWhole: true, revision: 1 };
    const read = createIncidentBook({ alerts: () => [], state: async () => table, aboutRule: () => ({}) });
    const first = await read();
    expect(await read()).toBe(first);
    table.revision += 1;
    expect((await read()).revision).toBe(first.revision + 1);
  });
});

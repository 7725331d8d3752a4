import { expect, it } from 'vitest';
import type { ListedIncident } from '../../../../../infra/local/console/page-state.ts';
import { findIncident, incidentDetail } from '../../../../../infra/local/console/server/incident-detail.ts';

const incident = (id: string, more: Partial<ListedIncident> = {}): ListedIncident => ({
  ...{ id, state: 'firing', site_id: 'north', device_id: 'dev-1', rule: 'hot', severity: 'critical' },
  ...{
    started_at: '2026-01-31T09:30:00.000Z',
    timeline: [{ status: 'firing', severity: 'critical', at: '', value: 1 }],
  },
  ...more,
});
const all = [
  incident('aa', {}),
  incident('bb', { device_id: 'dev-2' }),
  incident('cc', { device_id: 'dev-3', state: 'resolved' }),
  incident('dd', { site_id: 'south' }),
];
const find = (id: string, past?: ListedIncident) => findIncident(all, id, async () => past);

it('an incident has the others that are open at its site', () => {
  expect(incidentDetail(all, incident('aa'), undefined, 0)).toMatchObject({
    ...{ incident: { id: 'aa' }, atSite: [{ id: 'bb' }], atSiteTotal: 1 },
  });
});

it('what was pending is found by the same address when it fires', async () => {
  expect((await find('south/dev-1/hot'))?.id).toBe('dd');
  expect(await find('north/dev-3/hot')).toBeUndefined();
});

it('what is not kept here comes from the lake', async () => {
  expect((await find('ee', incident('ee', { state: 'resolved' })))?.id).toBe('ee');
});

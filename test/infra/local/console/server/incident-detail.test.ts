import { expect, it } from 'vitest';
import type { ListedIncident } from '../../../../../infra/local/console/page-state.ts';
import { incidentDetail } from '../../../../../infra/local/console/server/incident-detail.ts';

const incident = (id: string, more: Partial<ListedIncident> = {}): ListedIncident => ({
  ...{ id, state: 'firing', site_id: 'north', device_id: 'dev-1', rule: 'hot', severity: 'critical' },
  ...{
    started_at: '2026-01-31T09:30:00.000Z',
    timeline: [{ status: 'firing', severity: 'critical', at: '', value: 1 }],
  },
  ...more,
});
const mail = (id: string, to: string, text: string) => ({
  ...{ id, to, from: 'sns', subject: 'FIRING', receivedAt: '2026-01-31T09:30:00.000Z' },
  text: `${text}\nhttp://127.0.0.1/unsubscribe.html?Endpoint=${to}`,
});
const all = [
  incident('aa', {}),
  incident('bb', { device_id: 'dev-2' }),
  incident('cc', { device_id: 'dev-3', state: 'resolved' }),
  incident('dd', { site_id: 'south' }),
];
const mails = [mail('3', 'ann', 'of aa'), mail('2', 'ben', 'of aa'), mail('1', 'ann', 'of bb')];
const detail = (id: string, past: ListedIncident | undefined = undefined) =>
  incidentDetail(all, { list: async () => mails }, undefined, id, 0, async () => past);

it('an incident has the others that are open at its site, and each of its mails once', async () => {
  expect(await detail('aa')).toMatchObject({
    ...{ incident: { id: 'aa' }, atSite: [{ id: 'bb' }], atSiteTotal: 1 },
    mails: [{ id: '3', to: ['ann', 'ben'] }],
  });
});

it('what was pending is found by the same address when it fires', async () => {
  expect((await detail('south/dev-1/hot'))?.incident.id).toBe('dd');
  expect(await detail('north/dev-3/hot')).toBeUndefined();
});

it('what is not kept here comes from the lake', async () => {
  expect((await detail('ee', incident('ee', { state: 'resolved' })))?.incident.id).toBe('ee');
});

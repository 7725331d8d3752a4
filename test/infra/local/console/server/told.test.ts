import { describe, expect, it } from 'vitest';
import type { ListedIncident } from '../../../../../infra/local/console/page-state.ts';
import { createTold, type ToldSources } from '../../../../../infra/local/console/server/told.ts';
import { sentNoteOf } from '../../../../../services/contract/sent.ts';
import { createSentLog } from '../../../../../services/notifier/sent-log.ts';
import { fakeTable } from '../../../../services/notifier/support/fake-table.ts';

const step = (status: string, severity: string, silenced_by?: string) => ({
  ...{ status, severity, at: '2026-01-31T09:30:00.000Z', value: 1 },
  ...(silenced_by !== undefined && { silenced_by }),
});
const incident: ListedIncident = {
  ...{ id: 'aa', state: 'resolved', site_id: 'north', device_id: 'dev-1', rule: 'hot', severity: 'critical' },
  started_at: '2026-01-31T09:30:00.000Z',
  timeline: [step('firing', 'warning'), step('escalated', 'critical'), step('resolved', 'critical', 's-1')],
};
const told = (sources: Partial<ToldSources>) => createTold({ sent: () => undefined, ...sources })(incident);

it('each mail is there once, with all its recipients, and no other incident’s', async () => {
  const mail = (id: string, to: string, text: string) => ({
    ...{ id, to, from: 'sns', subject: 'FIRING', receivedAt: '2026-01-31T09:30:00.000Z' },
    text: `${text}\nhttp://127.0.0.1/unsubscribe.html?Endpoint=${to}`,
  });
  const mails = [mail('3', 'ann', 'of aa'), mail('2', 'ben', 'of aa'), mail('1', 'ann', 'of bb')];
  const { mails: shown } = await told({ mailbox: { list: async () => mails } });
  expect(shown).toMatchObject([{ id: '3', to: ['ann', 'ben'] }]);
});

describe('subscribers', () => {
  const gets = async (filter?: string | null) =>
    (
      await told({
        subscribers: async () => [
          { address: 'ann', isConfirmed: true, ...(filter !== undefined && { filter }) },
        ],
      })
    ).subscribers?.[0]?.gets;

  it('get what their filters let through, and nothing that a silence holds', async () => {
    expect(await gets()).toEqual(['firing', 'escalated']);
    expect(await gets('{"severity":["critical"]}')).toEqual(['escalated']);
    expect(await gets('{"site_id":[{"prefix":"s"}]}')).toEqual([]);
  });

  it('may have a filter that nobody here can read: then nothing is said', async () => {
    expect(await gets(null)).toBeUndefined();
    expect(await gets('{"$or":[]}')).toBeUndefined();
    const waits = await told({ subscribers: async () => [{ address: 'ann', isConfirmed: false }] });
    expect(waits).toEqual({ subscribers: [{ address: 'ann', isConfirmed: false }] });
  });

  it('that may not be read are left out', async () => {
    const denied = Promise.reject(new Error('AccessDenied'));
    expect(await told({ subscribers: () => denied })).toEqual({});
  });
});

it('channels say what they answered, how often they were asked, and what waits', async () => {
  const table = fakeTable();
  const state = { nowMs: Date.parse('2026-01-31T09:30:00.000Z') };
  const log = createSentLog(table, 'sent', () => state.nowMs);
  const request = (id: string, incidents: string[]) => ({ id, status: 'firing' as const, incidents });
  const slack = { name: 'ops', kind: 'slack' as const };
  await log.claim(slack, request('r-1', ['aa', 'bb']));
  await log.failed('ops', 'r-1', 'answered 503');
  state.nowMs += 60_000;
  await log.claim(slack, request('r-1', ['aa', 'bb']));
  await log.sent('ops', 'r-1', 'answered 200');
  await log.claim({ name: 'pager', kind: 'pagerduty' }, request('r-2', ['aa']));
  await log.claim(slack, request('r-3', ['bb']));
  const { channels } = await told({ sent: () => ({ client: table, name: 'sent' }) });
  const at = '2026-01-31T09:31:00.000Z';
  expect(channels).toEqual([
    {
      ...{ channel: 'ops', kind: 'slack', status: 'firing', incidents: 2, at, attempts: 2, isSent: true },
      answer: 'answered 200',
    },
    { channel: 'pager', kind: 'pagerduty', status: 'firing', incidents: 1, at, attempts: 1, isSent: false },
  ]);
});

it('an item of an earlier version says nothing of whom it told', () => {
  expect(sentNoteOf({ id: { S: 'ops#r-1' }, sent: { BOOL: true } })).toBeUndefined();
});

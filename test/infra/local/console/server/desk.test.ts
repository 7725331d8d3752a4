/** What people on call do, over HTTP. */
import { describe, expect, it } from 'vitest';
import { shown as shownSilence } from '../../../../../infra/local/console/server/desk-routes.ts';
import { desk, get, useConsole } from './support/harness.ts';

useConsole();

const post = (path: string, body: object) =>
  get(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

describe('a device', () => {
  it('has what is learnt of it, and is forgotten by the command that a person would type', async () => {
    expect(JSON.parse((await get('/api/model?site=north&device=dev-1')).body)).toEqual({
      metrics: [{ metric: 'cpu', learningUntil: '2026-02-02T09:30:00.000Z' }],
    });
    const run = (device: string, command = 'forget-device') =>
      post('/api/device-command', { command, site: 'north', device });
    expect((await run('dev-1')).body).toContain('forget-device north dev-1');
    expect((await run('nobody')).status).toBe(409);
    expect((await run('--dir=/')).status).toBe(400);
    expect((await run('dev-1', 'destroy')).status).toBe(400);
  });
});

describe('the desk', () => {
  it('notes who looks after an incident and who wants it closed, and says where it is over', async () => {
    desk.open = new Set(['aa11']);
    expect((await post('/api/acknowledge', { id: 'aa11', by: ' Ann ', comment: 'on my way' })).status).toBe(
      200,
    );
    expect((await post('/api/close', { id: 'aa11', by: 'Ann' })).status).toBe(200);
    expect(desk.deeds).toMatchObject([
      { id: 'aa11', deed: 'acknowledge', by: 'Ann', comment: 'on my way' },
      { id: 'aa11', deed: 'close', by: 'Ann' },
    ]);
    const { status, body } = await post('/api/close', { id: 'bb22', by: 'Ann' });
    expect([status, body]).toEqual([409, expect.stringContaining('not open any more')]);
    expect((await post('/api/acknowledge', { id: 'aa11', by: ' ' })).status).toBe(400);
  });

  it('silences what it is told to, for a time, and ends that', async () => {
    desk.kept.clear();
    const asked = { matchers: { sites: ['north'] }, minutes: 60, by: 'Ann', comment: 'pump swap' };
    const { id } = JSON.parse((await post('/api/silence', asked)).body) as { id: string };
    const list = async () =>
      JSON.parse((await get('/api/silences')).body) as { state: string; ends_at: string }[];
    expect(await list()).toMatchObject([
      { id, state: 'active', author: 'Ann', matchers: { sites: ['north'] } },
    ]);
    expect((await post('/api/end-silence', { id })).status).toBe(200);
    expect(await list()).toMatchObject([{ id, state: 'over' }]);
    expect((await post('/api/end-silence', { id: 'nope' })).status).toBe(409);
    const everything = await post('/api/silence', { ...asked, matchers: {} });
    expect([everything.status, everything.body]).toEqual([400, expect.stringContaining('hides everything')]);
    expect((await post('/api/silence', { ...asked, matchers: { sites: ['no rth'] } })).status).toBe(400);
  });

  it('is told a silence by what it does now', () => {
    const silence = {
      ...{
        id: 'a',
        matchers: { sites: ['*'] },
        author: 'a',
        comment: 'c',
        created_at: '2026-01-01T00:00:00.000Z',
      },
      ...{ starts_at: '2026-01-02T00:00:00.000Z', ends_at: '2026-01-03T00:00:00.000Z' },
    };
    const at = (iso: string) => shownSilence(Date.parse(iso))(silence).state;
    expect(['2026-01-01T12:00:00Z', '2026-01-02T12:00:00Z', '2026-01-03T00:00:00Z'].map(at)).toEqual([
      ...['waits', 'active', 'over'],
    ]);
  });
});

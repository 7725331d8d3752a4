/** docs/operations.md, "End an incident by hand": a device that moves to another site leaves its incident open at the old one. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runIncidents } from '../../infra/commands/incidents/incidents.ts';
import { commandsOf, readPage } from '../docs/support/page.ts';
import { openSession } from '../infra/support/local-session.ts';

const section =
  readPage('docs/operations.md').split('## End an incident by hand')[1]?.split(/^## /m)[0] ?? '';
const [action = '', shownId = '', ...rest] = commandsOf(section)[0]?.argv ?? [];

const oldSite = { device_id: 'pump-17', site_id: 'north' };
const newSite = { ...oldSite, site_id: 'south' };
const neighbour = { device_id: 'pump-18', site_id: 'north' };

const PATIENCE = { timeout: 20_000, interval: 100 };
let session: Awaited<ReturnType<typeof openSession>>;
beforeAll(async () => {
  session = await openSession();
});
afterAll(() => session.close());

const readings = (device: { device_id: string; site_id: string }, temperature: number) =>
  Array.from({ length: 8 }, () => ({ ...device, temperature }));
const subjects = async (count: number) =>
  vi.waitFor(async () => {
    const mails = await session.mails();
    expect(mails).toHaveLength(count);
    return mails;
  }, PATIENCE);

async function incidents(argv: string[]): Promise<string> {
  let stdout = '';
  const io = {
    ...{ stdout: (text: string) => (stdout += text), stderr: () => {} },
    ...{ width: 80, isTerminal: false, user: () => 'anna', now: Date.now },
  };
  const never = new AbortController().signal;
  expect(await runIncidents([...argv, '--local', '--dir', session.dir], io, never)).toBe(0);
  return stdout;
}
const openAt = async () =>
  (await incidents(['list', '--json']))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { incident_id: string; site_id: string });

it('ends the incident at the old site with the command of the page, and leaves the new site alone', async () => {
  await session.send(readings(oldSite, 97));
  const [firing] = await subjects(1);
  expect(firing).toContain('pump-17 (north)');

  await session.send(readings(newSite, 97));
  await subjects(2);
  await session.send(readings(newSite, 41));
  await subjects(3);
  const [left, ...others] = await openAt();
  expect([left?.site_id, others]).toEqual(['north', []]);

  expect([action, /^[0-9a-f]{8}$/.test(shownId)]).toEqual(['close', true]);
  await incidents([action, left?.incident_id.slice(0, shownId.length) ?? '', ...rest]);
  // Of the site, not of the device, which speaks from the other one.
  await session.send(readings(neighbour, 41));
  expect((await subjects(4)).at(-1)).toMatch(/^RESOLVED .*pump-17 \(north\)/);
  expect(await openAt()).toEqual([]);

  // The device goes on at its new site, and is a new one where it comes back to.
  await session.send(readings(newSite, 41));
  await session.send(readings(oldSite, 97));
  const mails = await subjects(5);
  expect(mails.map((subject) => subject.split(' ')[0])).toEqual([
    ...['FIRING', 'FIRING', 'RESOLVED', 'RESOLVED', 'FIRING'],
  ]);
  expect((await openAt()).map(({ site_id }) => site_id)).toEqual(['north']);
}, 60_000);

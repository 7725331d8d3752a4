/**
 * A night on call, rehearsed by the commands on the whole stack: a mail, then `incidents show`, `ack`, a silence, `close`.
 * From a folder that never deployed: the commands have a stack's name, and find everything else by CloudFormation.
 * Meanwhile a receiver shaped like PagerDuty sees the incident begin once and end once, although the detector dies
 * between publishing and noting it, and the answer to publishing is lost.
 */
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runChannel } from '../../../../infra/commands/channel/channel.ts';
import { runIncidents } from '../../../../infra/commands/incidents/incidents.ts';
import { runSilence } from '../../../../infra/commands/silence/silence.ts';
import type { Mail } from '../../../../infra/emulator/mailbox/mail.ts';
import { openSession } from '../../support/local-session.ts';
import { listen } from '../support/listen.ts';

const STACK = ['--stack', 'Streamwatch'];
const SCREEN = { width: 100, isTerminal: false, user: () => 'anna', now: Date.now };
const never = new AbortController().signal;
/** A step takes seconds on a machine that has time. */
const until = <T>(look: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(look, { timeout: 60_000, interval: 250 });

let session: Awaited<ReturnType<typeof openSession>>;
let pager: Awaited<ReturnType<typeof startPager>>;
const home = process.cwd();
beforeAll(async () => {
  session = await openSession();
  pager = await startPager();
  process.chdir(mkdtempSync(join(session.dir, 'never-deployed-')));
  vi.stubEnv('AWS_ENDPOINT_URL', session.runtime.endpoint);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  process.chdir(home);
  pager.close();
  await session.close();
});

/** Takes events as PagerDuty does: by `dedup_key`, a trigger joins what is open. */
async function startPager() {
  const events: string[] = [];
  const server = createServer(async (request, response) => {
    const { event_action, dedup_key } = JSON.parse(await textOf(request));
    events.push(`${event_action} ${dedup_key}`);
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    events,
    url: `http://127.0.0.1:${port}/v2/enqueue`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function incidents(...argv: string[]) {
  const { said, io } = listen();
  const code = await runIncidents([...argv, ...STACK], { ...io, ...SCREEN }, never);
  return { code, ...said };
}

async function breakOnce(fault: object): Promise<void> {
  const { ok } = await fetch(`${session.runtime.endpoint}/api/control/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...fault, times: 1 }),
  });
  expect(ok).toBe(true);
}

/** Newest first. */
const get = async <T>(path: string) =>
  (await (await fetch(`${session.runtime.endpoint}${path}`)).json()) as T;
const mails = () => get<Mail[]>('/api/inbox');

const HOT = { device_id: 'pump-7', temperature: 97 };

it('mail, show, ack, silence, close', { timeout: 180_000 }, async () => {
  const secret = { variable: 'R0UT', isTerminal: false, readAll: async () => '', ask: async () => '' };
  const pagerduty = ['add', 'night', '--kind', 'pagerduty', '--url', pager.url];
  expect(await runChannel([...pagerduty, ...STACK], { ...listen().io, secret })).toBe(0);

  // The detector publishes, and is gone before it could note that: the retry publishes once more.
  await breakOnce({ on: 'sns.Publish', kind: 'crash', after: true });
  await session.send([HOT, HOT, HOT, HOT]);
  const [mail] = await until(async () => {
    const all = await mails();
    expect(all.length).toBeGreaterThanOrEqual(2);
    return all;
  });
  const { text } = await get<Mail>(`/api/mail?id=${mail?.id}`);
  expect(text).toMatch(/^Also open +nothing else at north$/m);
  const [, id = '', dir] =
    /^Show +npm run incidents -- show ([0-9a-f]{24}) --local --dir (\S+)$/m.exec(text) ?? [];
  expect(dir).toBe(session.dir);
  expect(text).toContain(`Page       ${session.runtime.endpoint}/#/incidents/${id}`);

  expect((await incidents()).stdout).toContain(id.slice(0, 8));
  const shown = await until(async () => {
    const { stdout } = await incidents('show', id.slice(0, 6));
    expect(stdout).toMatch(/firing critical .*temperature 97 °C/);
    expect(stdout).toMatch(/^temperature {2}▁+ {2}97 to 97 °C$/m);
    return stdout;
  });
  expect(shown).toContain('you@streamwatch.local  everything');

  expect((await incidents('ack', id, '--comment', 'on my way')).stdout).toContain('is looked at by anna');
  expect((await incidents()).stdout).toMatch(/pump-7 \(north\) .*anna has it/);

  // A swap of another pump is announced to nobody. Environments look for silences twice a minute, and a new one at once:
  // the one at work is gone before it can tell.
  const swap = ['--site', 'north', '--device', 'pump-9', '--for', '1h', '--comment', 'pump swap'];
  expect(await runSilence(['add', ...swap, ...STACK], listen().io)).toBe(0);
  const before = (await mails()).length;
  await breakOnce({ on: 'sns.Publish', kind: 'crash' });
  await session.send(Array.from({ length: 4 }, () => ({ ...HOT, device_id: 'pump-9' })));
  const other = await until(async () => {
    const [, found = ''] =
      /([0-9a-f]{8}) .*pump-9 \(north\) .*silenced/.exec((await incidents()).stdout) ?? [];
    expect((await incidents('show', found)).stdout).toMatch(/firing critical .*told nobody: silence/);
    return found;
  });
  expect(await mails()).toHaveLength(before);

  // It ends with the next readings of its site; the answer to publishing that is lost, so it is published twice.
  await breakOnce({ on: 'sns.Publish', kind: 'reset', after: true });
  expect((await incidents('close', id.slice(0, 8), '--comment', 'swapped')).code).toBe(0);
  await session.send([{ device_id: 'pump-8' }]);
  await until(async () => {
    const subjects = (await mails()).map(({ subject }) => subject);
    expect(subjects.filter((subject) => subject.startsWith('RESOLVED critical'))).toHaveLength(2);
  });
  await until(async () => {
    const { stdout } = await incidents('show', id);
    expect(stdout).toContain('State      resolved');
    expect(stdout).toMatch(/resolved critical .*closed by anna: swapped/);
  });
  expect((await incidents('list', '--json')).stdout).toContain(`"incident_id":"${other}`);
  expect(await incidents('ack', id)).toMatchObject({ code: 1 });

  await until(() => expect(pager.events).toEqual([`trigger ${id}`, `resolve ${id}`]));
});

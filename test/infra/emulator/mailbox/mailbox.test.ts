import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventBus, type RuntimeEvent } from '../../../../infra/emulator/base/events.ts';
import { type Mailbox, openMailbox } from '../../../../infra/emulator/mailbox/mailbox.ts';
import { temporaryFolder } from '../sns/support/harness.ts';

const T0 = Date.parse('2026-01-31T09:30:00.123Z');
let folder: ReturnType<typeof temporaryFolder>;
let mailbox: Mailbox;
let events: RuntimeEvent[];
let nowMs: number;

const open = () => {
  const bus = new EventBus();
  bus.on('event', (event) => events.push(event));
  return openMailbox({ stateDir: folder.path, bus, clock: { now: () => nowMs } });
};
const mail = (subject: string, text = 'hello') => ({
  to: 'me@example.com',
  from: '"Streamwatch" <no-reply@sns.amazonaws.com>',
  subject,
  text,
});
const files = () => readdirSync(join(folder.path, 'mail'));

beforeEach(async () => {
  folder = temporaryFolder();
  events = [];
  nowMs = T0;
  mailbox = await open();
});
afterEach(async () => {
  await mailbox.close();
  folder.remove();
});

it('receives over real SMTP what was sent, newest first, and announces it', async () => {
  await mailbox.send(mail('Überhitzt: 85 °C', `first line\n\n.dot at the start\n${'long '.repeat(300)}\n`));
  nowMs += 1000;
  await mailbox.send(mail('second'));
  const [second, first] = await mailbox.list();
  expect(second).toMatchObject({ subject: 'second', receivedAt: '2026-01-31T09:30:01.123Z' });
  expect(first).toMatchObject({
    to: 'me@example.com',
    from: 'no-reply@sns.amazonaws.com',
    subject: 'Überhitzt: 85 °C',
    receivedAt: '2026-01-31T09:30:00.123Z',
  });
  expect(first?.text).toContain(`first line\n\n.dot at the start\n${'long '.repeat(300)}`);
  expect(await mailbox.get(first?.id ?? '')).toEqual(first);
  expect(events).toEqual([
    { type: 'mail', to: 'me@example.com', subject: 'Überhitzt: 85 °C' },
    { type: 'mail', to: 'me@example.com', subject: 'second' },
  ]);
});

it('keeps each mail as one raw file, and finds it again after a restart', async () => {
  await mailbox.send(mail('kept'));
  const before = await mailbox.list();
  expect(files()).toEqual(['20260131T093000123Z-000001.eml']);
  expect(readFileSync(join(folder.path, 'mail', files()[0] ?? ''), 'utf8')).toContain('Subject: kept\r\n');
  await mailbox.close();
  mailbox = await open();
  expect(await mailbox.list()).toEqual(before);
  expect([mailbox.size(), mailbox.received()]).toEqual([1, 0]);
  await mailbox.send(mail('next'));
  expect((await mailbox.list()).map(({ subject }) => subject)).toEqual(['next', 'kept']);
  expect([mailbox.size(), mailbox.received()]).toEqual([2, 1]);
});

it('loses none of many that come at the same time', async () => {
  const subjects = Array.from({ length: 60 }, (_, i) => `mail ${i}`);
  await Promise.all(subjects.map((subject) => mailbox.send(mail(subject))));
  const got = (await mailbox.list()).map(({ subject }) => subject);
  expect(got.sort()).toEqual(subjects.sort());
  expect(await mailbox.list(5)).toHaveLength(5);
  expect(await mailbox.list(10, 55)).toHaveLength(5);
});

it('shows whom a mail was delivered to, whatever its own headers say', async () => {
  const raw = 'From: a@example.com\r\nTo: everybody@example.com\r\nSubject: bcc\r\n\r\nhi\r\n.\r\n';
  const replies = await talk(mailbox.port, [
    'EHLO test',
    'MAIL FROM:<a@example.com>',
    'RCPT TO:<x@example.com>',
    'RCPT TO:<y@example.com>',
    'DATA',
    raw,
  ]);
  expect(replies.at(-1)).toMatch(/^250/);
  expect((await mailbox.list())[0]).toMatchObject({ to: 'x@example.com, y@example.com', subject: 'bcc' });
});

it('refuses a mail that is too large, with a reply that says so', async () => {
  await expect(mailbox.send(mail('large', 'x'.repeat(3 * 1024 * 1024)))).rejects.toMatchObject({
    responseCode: 552,
  });
  expect(files()).toEqual([]);
  await mailbox.send(mail('small'));
  expect(await mailbox.list()).toHaveLength(1);
});

it('skips files that are not mails, and removes those that a crash left half-written', async () => {
  await mailbox.close();
  mkdirSync(join(folder.path, 'mail'), { recursive: true });
  writeFileSync(join(folder.path, 'mail', '20260131T093000123Z-000001.eml.tmp'), 'Subject: half');
  writeFileSync(join(folder.path, 'mail', 'notes.eml'), 'Subject: no id');
  writeFileSync(join(folder.path, 'mail', '20260131T093000123Z-000007.eml'), 'no header, no body');
  mailbox = await open();
  expect(files().sort()).toEqual(['20260131T093000123Z-000007.eml', 'notes.eml']);
  expect((await mailbox.list()).map(({ id }) => id)).toEqual(['20260131T093000123Z-000007']);
  expect(await mailbox.get('../../../etc/passwd')).toBeUndefined();
});

/** Speaks SMTP by hand: each command after the reply to the one before. */
function talk(port: number, commands: string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const replies: string[] = [];
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.on('error', reject);
    let buffered = '';
    socket.on('data', (chunk: string) => {
      buffered += chunk;
      // The last line of a reply has a space after its code.
      if (!/^\d{3} .*\r\n$/m.test(buffered)) return;
      replies.push(buffered.trim().split('\r\n').at(-1) ?? '');
      buffered = '';
      const next = commands[replies.length - 1];
      if (next === undefined) {
        socket.destroy();
        resolve(replies);
      } else {
        socket.write(next.endsWith('\r\n') ? next : `${next}\r\n`);
      }
    });
  });
}

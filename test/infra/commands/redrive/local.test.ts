/** A redrive on the running local stack: the template's own detector, state, topic and failure bucket. */
import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runRedrive } from '../../../../infra/commands/redrive/redrive.ts';
import { openSession } from '../../support/local-session.ts';

let session: Awaited<ReturnType<typeof openSession>>;
beforeAll(async () => {
  session = await openSession({ maxRetries: 0 });
});
afterAll(() => session.close());

const redrive = (...argv: string[]) => run('--local', '--dir', session.dir, ...argv);

async function run(...argv: string[]) {
  let stderr = '';
  const code = await runRedrive(argv, {
    stdout: () => {},
    stderr: (text) => {
      stderr += text;
    },
    stop: new AbortController().signal,
  });
  return { code, stderr };
}

it('finds the stack by CloudFormation, in a folder that knows nothing, as on AWS', async () => {
  const home = process.cwd();
  process.chdir(mkdtempSync(join(session.dir, 'empty-')));
  vi.stubEnv('AWS_ENDPOINT_URL', session.runtime.endpoint);
  try {
    for (const flags of [[], ['--stack', 'Streamwatch']]) {
      const { code, stderr } = await run('--dry-run', ...flags);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^0 failed batches/) });
    }
    expect(await run('--dry-run', '--stack', 'Plant')).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining('There is no stack Plant in us-east-1') },
    });
  } finally {
    vi.unstubAllEnvs();
    process.chdir(home);
  }
});

/** Of the mails the alerts: an alarm about the batch that was given up may come meanwhile. */
const alertMails = async () => (await session.mails()).filter((subject) => !subject.startsWith('ALARM:'));

it('sends the alerts that were not sent yet, and none twice', async () => {
  // Two rules fire, so two messages go out. The second is refused permanently, so the batch fails.
  await session.breakCalls('sns.Publish', 1);
  const hot = { device_id: 'dev-1', temperature: 97 };
  const busy = { device_id: 'dev-2', cpu: 99.5 };
  await session.send([hot, hot, hot, hot, busy, busy, busy, busy, busy, busy]);
  await vi.waitFor(() => expect(session.runtime.counts().abandoned).toBe(1), 15_000);
  // The mail that was sent is still being delivered by SMTP.
  const told = await vi.waitFor(async () => {
    const alerts = await alertMails();
    expect(alerts).toHaveLength(1);
    return alerts;
  }, 5_000);

  expect(await redrive('--dry-run')).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      /^1 failed batch with 1 record\n(?:.*\n)*.*a call to AWS failed, 1 attempt\n/,
    ),
  });
  expect(await redrive()).toMatchObject({ code: 3, stderr: expect.stringContaining('failed again') });
  expect(await alertMails()).toEqual(told);

  await session.repair();
  expect(await redrive()).toMatchObject({ code: 0, stderr: expect.stringContaining('1 redriven') });
  const devices = async () => (await alertMails()).map((subject) => /dev-\d/.exec(subject)?.[0]).sort();
  await vi.waitFor(async () => expect(await devices()).toEqual(['dev-1', 'dev-2']), 5_000);

  expect(await redrive()).toMatchObject({ code: 0, stderr: expect.stringMatching(/^0 failed batches/) });

  // The same batch again, as after a redrive that died before it could move the batch aside.
  const published = session.runtime.counts().functionCalls['sns.Publish'];
  const bucket = join(session.dir, 's3', session.runtime.outputs.FailureBucketName);
  cpSync(join(bucket, 'redriven'), bucket, { recursive: true });
  expect(await redrive()).toMatchObject({ code: 0, stderr: expect.stringContaining('1 redriven') });
  expect(session.runtime.counts().functionCalls['sns.Publish']).toBe(published);
});

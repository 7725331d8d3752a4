import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSubscribe } from '../../../../infra/commands/subscribe/subscribe.ts';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { openSns, type Sns } from '../../../../infra/emulator/sns/sns.ts';
import { TOPIC, temporaryFolder } from '../../emulator/sns/support/harness.ts';
import { fakeCloudFormation } from '../support/fake-cloudformation.ts';
import { listen } from '../support/listen.ts';

const ME = 'me@example.com';
let folder: ReturnType<typeof temporaryFolder>;
let sns: Sns;
let server: Server;
let endpoint: string;
/** Set when AWS would give a different answer than the local SNS. */
let canned: { status: number; body: string } | undefined;
let home: string;

const outputs = (more: Record<string, string> = {}) =>
  JSON.stringify({
    Streamwatch: {
      Region: 'us-east-1',
      StreamName: 's',
      AlertTopicArn: TOPIC,
      LakeBucketName: 'b',
      FailureBucketName: 'f',
      DatabaseName: 'd',
      ReadingsTableName: 'readings',
      WorkGroupName: 'w',
      StateTableName: 't',
      DetectorFunctionName: 'fn',
      AlertsTableName: 'alerts',
      ...more,
    },
  });

beforeEach(async () => {
  home = process.cwd();
  folder = temporaryFolder();
  process.chdir(folder.path);
  canned = undefined;
  sns = openSns({
    topics: [{ arn: TOPIC, name: 'Alerts' }],
    subscriptions: [],
    mail: async () => {},
    putToFirehose: async () => {},
    ...{ invokeLater: async () => {}, sendToQueue: async () => {} },
    stateDir: folder.path,
    bus: new EventBus(),
    endpoint: () => endpoint,
  });
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = canned ?? (await sns.handle(new URLSearchParams(body)));
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  process.chdir(home);
  server.closeAllConnections();
  server.close();
  await sns.close();
  folder.remove();
});

async function run(...argv: string[]) {
  const { said, io } = listen();
  const code = await runSubscribe(argv, io);
  return { code, ...said };
}
const asLocal = (dir = '.streamwatch', more: Record<string, string> = { Endpoint: endpoint }) => {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'outputs.json'), outputs(more));
};
const asAws = () => {
  writeFileSync('cdk-outputs.json', outputs());
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
};
const error = (status: number, code: string) => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>because</Message></Error></ErrorResponse>`,
});

describe('subscribe --local', () => {
  it('subscribes at the local runtime, and subscribing twice makes one subscription', async () => {
    asLocal();
    const first = await run(ME, '--local');
    expect(first).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^arn:aws:sns:.*:Alerts:[0-9a-f-]{36}\n$/),
      stderr: `${ME} is subscribed. The alerts arrive at ${endpoint}/inbox\n`,
    });
    expect(sns.subscription(first.stdout.trim())).toMatchObject({ protocol: 'email', endpoint: ME });
    expect(await run(ME, '--local')).toEqual(first);
  });

  it('finds the runtime with another state folder', async () => {
    asLocal('elsewhere');
    expect((await run(ME, '--local', '--dir', 'elsewhere')).code).toBe(0);
    expect(await run(ME, '--local')).toMatchObject({ code: 1, stderr: expect.stringContaining('npm start') });
  });

  it('says that the runtime is not running', async () => {
    asLocal('.streamwatch', { Endpoint: 'http://127.0.0.1:9' });
    expect(await run(ME, '--local')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The local runtime does not answer at http://127.0.0.1:9. Start it with: npm start\n',
    });
    asLocal('.streamwatch', {});
    expect(await run(ME, '--local')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no Endpoint'),
    });
  });
});

describe('subscribe list, add and remove', () => {
  it('filters by severity, rule and site, changes the filter, and ends', async () => {
    asLocal();
    expect(await run('list', '--local')).toMatchObject({ code: 0, stdout: 'Nobody is subscribed.\n' });
    await run('add', ME, '--local', '--severity', 'critical', '--rule', 'temperature-*', '--site', 'plant-1');
    await run('you@example.com', '--local', '--severity', 'warning');
    const policy = '{"severity":["critical"],"rule":[{"prefix":"temperature-"}],"site_id":["plant-1"]}';
    expect((await run('list', '--local')).stdout).toBe(`${ME}  ${policy}\nyou@example.com  everything\n`);
    expect(await run('add', ME, '--local', '--site', '*-west')).toMatchObject({ code: 0 });
    expect((await run('list', '--local')).stdout).toContain(`${ME}  {"site_id":[{"suffix":"-west"}]}\n`);
    expect(await run('remove', ME, '--local')).toMatchObject({ code: 0 });
    expect(await run('remove', ME, '--local')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not subscribed'),
    });
  });

  it('asks an endpoint to confirm, which it may do by itself', async () => {
    asLocal();
    const added = await run('add', 'https://hooks.example.invalid/secret', '--local');
    expect(added).toMatchObject({ code: 0, stdout: 'pending confirmation\n' });
    expect(added.stderr).toMatch(/SNS has asked https:\/\/hooks\.example\.invalid to confirm/);
    expect((await run('list', '--local')).stdout).toMatch(/secret {2}waits to be confirmed\n$/);
    expect(await run('remove', 'https://hooks.example.invalid/secret', '--local')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has not confirmed yet'),
    });
  });
});

describe('subscribe on AWS', () => {
  it('tells the person to confirm', async () => {
    asAws();
    canned = {
      status: 200,
      body: '<SubscribeResponse><SubscribeResult><SubscriptionArn>pending confirmation</SubscriptionArn></SubscribeResult></SubscribeResponse>',
    };
    const { code, stdout, stderr } = await run(ME);
    expect([code, stdout]).toEqual([0, 'pending confirmation\n']);
    expect(stderr).toContain(`AWS has sent a mail to ${ME}`);
    expect(stderr).toContain('no alert arrives before that');
  });

  it('says that the address is already confirmed', async () => {
    asAws();
    expect(await run(ME)).toMatchObject({ code: 0, stderr: `${ME} is subscribed, and confirmed.\n` });
  });

  it.each([
    [404, 'NotFound', /The topic .*:Alerts is not there .*npm run deploy/],
    [403, 'AuthorizationError', /You may not subscribe .*sns:Subscribe.*because/],
    [403, 'ExpiredToken', /session has expired/],
    [400, 'InvalidParameter', /SNS refused the subscription: because/],
  ])('explains %i %s', async (status, code, message) => {
    asAws();
    canned = error(status, code);
    const result = await run(ME);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toContain('.ts:');
  });

  it('says how to get the outputs', async () => {
    const cloudFormation = await fakeCloudFormation();
    vi.stubEnv('AWS_ENDPOINT_URL', cloudFormation.url);
    expect(await run(ME)).toMatchObject({ code: 1, stderr: expect.stringContaining('npm run deploy') });
    await cloudFormation.close();
  });
});

describe('a misuse', () => {
  it.each([
    [[], /missing required argument/],
    [['me@'], /Expected an e-mail address such as you@example.com/],
    [['me@example.com\nBcc: x@example.com'], /Expected an e-mail address/],
    [[ME, '--locl'], /Did you mean --local/],
    [[ME, 'you@example.com'], /too many arguments/],
    [['list', ME], /Expected nothing after list/],
    [['remove'], /Expected an e-mail address/],
    [['add', 'http://example.com/x'], /begins with https/],
    [[ME, '--site', 'a*b'], /Expected a name, or one with \*/],
    [[ME, '--dir', 'x'], /--dir goes with --local only/],
    [[ME, '--local', '--stack', 'x'], /--stack is for AWS/],
  ])('is explained, with exit code 2: %j', async (argv, message) => {
    const { code, stdout, stderr } = await run(...argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('is prevented by --help', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('npm run subscribe -- EMAIL [--local [--dir DIR]]');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

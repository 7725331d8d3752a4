/** The command against the emulator, with the notifier as it is deployed, and the receiver of the demo. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { runChannel } from '../../../../infra/commands/channel/channel.ts';
import { channelParameters } from '../../../../infra/commands/channel/channel-parameters.ts';
import type { SecretSource } from '../../../../infra/commands/channel/secret.ts';
import { clientOptions } from '../../../../infra/emulator/stack/client-options.ts';
import { createHooks } from '../../../../infra/local/hooks.ts';
import type { Alert } from '../../../../services/contract/alert.ts';
import { alert } from '../../../services/notifier/support/alerts.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { emulate } from '../../emulator/support/emulate.ts';
import { listen } from '../support/listen.ts';

const arn = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
const TEMPLATE = {
  Resources: {
    Alerts: { Type: 'AWS::SNS::Topic', Properties: {} },
    Untold: { Type: 'AWS::SQS::Queue', Properties: {} },
    Sent: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    },
    Notifier: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...{ Handler: 'index.handler', Runtime: 'nodejs24.x', Role: 'arn:x', Timeout: 120, MemorySize: 256 },
        Code: { S3Key: 'notifier.zip' },
        Environment: { Variables: { CHANNELS_PATH: '/Shop/channels', SENT_TABLE_NAME: { Ref: 'Sent' } } },
      },
    },
    Later: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        ...{ FunctionName: { Ref: 'Notifier' }, Qualifier: '$LATEST' },
        DestinationConfig: { OnFailure: { Destination: arn('Untold') } },
      },
    },
    MayTell: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        ...{ Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Notifier' } },
        ...{ Principal: 'sns.amazonaws.com', SourceArn: { Ref: 'Alerts' } },
      },
    },
    Told: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: { Ref: 'Alerts' }, Protocol: 'lambda', Endpoint: arn('Notifier') },
    },
  },
  Outputs: {
    AlertTopicArn: { Value: { Ref: 'Alerts' } },
    NotifierFunctionName: { Value: { Ref: 'Notifier' } },
    ChannelsPath: { Value: '/Shop/channels' },
    ChannelFailuresUrl: { Value: { Ref: 'Untold' } },
  },
};
const OTHER_OUTPUTS = Object.fromEntries(
  [
    ...['Region', 'StreamName', 'LakeBucketName', 'FailureBucketName', 'DatabaseName', 'ReadingsTableName'],
    ...['AlertsTableName', 'WorkGroupName', 'StateTableName', 'DetectorFunctionName'],
  ].map((name) => [name, name === 'Region' ? 'us-east-1' : 'x']),
);

let code: string;
beforeAll(async () => {
  const bundled = await build({
    entryPoints: [resolve('services/notifier/handler.ts')],
    ...{ bundle: true, write: false, platform: 'node', format: 'esm', mainFields: ['module', 'main'] },
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  code = bundled.outputFiles[0]?.text ?? '';
});

async function open() {
  const clock = new VirtualClock();
  const emulator = await emulate(TEMPLATE, { notifier: { 'index.mjs': code } }, { clock });
  const { endpoint, folder, bus } = emulator;
  const notices: string[] = [];
  const logged: string[] = [];
  bus.on('event', (event) => void (event.type === 'notice' && notices.push(event.text)));
  bus.on('log', (line) => void logged.push(line));
  const hooks = createHooks(bus, () => clock.now());
  emulator.serve((request, response) => {
    if (request.url?.startsWith('/broken')) response.writeHead(503).end();
    else if (!hooks(request, response)) response.writeHead(404).end();
  });
  const dir = join(folder, 'outputs');
  mkdirSync(dir);
  const outputs = { ...OTHER_OUTPUTS, ...emulator.stack.outputs, Endpoint: endpoint };
  writeFileSync(join(dir, 'outputs.json'), JSON.stringify({ Streamwatch: outputs }));
  const sns = new SNSClient(clientOptions(endpoint));
  onTestFinished(() => sns.destroy());
  return {
    ...{ emulator, endpoint, notices, logged, clock },
    async run(argv: string[], secret = '') {
      const { said, io } = listen();
      const piped: SecretSource = {
        ...{ variable: undefined, isTerminal: false, readAll: async () => secret },
        ask: () => Promise.reject(new Error('There is nobody to ask')),
      };
      const code = await runChannel([...argv, '--local', '--dir', dir], { ...io, secret: piped });
      return { code, ...said };
    },
    publish: (one: Alert) =>
      sns.send(
        new PublishCommand({ TopicArn: emulator.stack.outputs.AlertTopicArn, Message: JSON.stringify(one) }),
      ),
    /** What the receiver got, oldest first. */
    async got(name: string) {
      const { received } = (await (await fetch(`${endpoint}/api/hook/${name}`)).json()) as {
        received: { path: string; body: Record<string, unknown> }[];
      };
      return received.reverse();
    },
  };
}

const PATIENT = { timeout: 20_000 };

describe('channel', () => {
  it('adds, lists, tests and removes; PagerDuty sees each incident begin once and end once', async () => {
    const { run, got, publish, endpoint, emulator, notices, logged } = await open();
    expect(await run(['list'])).toMatchObject({ code: 0, stdout: expect.stringContaining('no channels') });
    const add = ['add', 'pager', '--kind', 'pagerduty', '--url', `${endpoint}/api/hook/pager`];
    expect(await run([...add, '--severity', 'critical', '--site', 'plant-*'], 'R0UTING-KEY\n')).toMatchObject(
      {
        code: 0,
        stderr: expect.stringContaining('npm run channel -- test pager'),
      },
    );
    expect(await run(add, 'R0UTING-KEY')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--replace'),
    });
    const { stdout } = await run(['list']);
    expect(stdout).toMatch(
      /^pager {2}pagerduty {2}127\.0\.0\.1:\d+ {2}severity critical and above, sites plant-\*\n$/,
    );

    expect(await run(['test', 'pager'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('202, 202'),
    });
    const [opened, ended] = await got('pager');
    expect(opened?.body).toMatchObject({ event_action: 'trigger', routing_key: 'R0UTING-KEY' });
    expect(ended?.body).toEqual({
      ...{ event_action: 'resolve', routing_key: 'R0UTING-KEY', dedup_key: opened?.body.dedup_key },
    });

    // Of the first, a second copy; and one that comes after the end.
    for (const one of [alert(), alert(), alert({ site_id: 'office' })]) await publish(one);
    await vi.waitFor(async () => expect(await got('pager')).toHaveLength(3), PATIENT);
    await publish(alert({ status: 'resolved' }));
    await vi.waitFor(async () => expect(await got('pager')).toHaveLength(4), PATIENT);
    await publish(alert({ status: 'escalated', notification_id: 'n-late' }));
    await emulator.settle();
    const events = (await got('pager')).slice(2).map(({ body }) => `${body.event_action} ${body.dedup_key}`);
    expect(events).toEqual(['trigger i-1', 'resolve i-1']);
    expect(notices).toContain('Channel pager got: trigger i-1');
    expect([...notices, ...logged].join('\n')).not.toContain('R0UTING-KEY');
  });

  it('is named to who removes the stack, by its parameter', async () => {
    const { run, endpoint } = await open();
    await run(['add', 'chat', '--kind', 'slack'], `${endpoint}/api/hook/chat`);
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'any');
    vi.stubEnv('AWS_ENDPOINT_URL_SSM', endpoint);
    expect(await channelParameters('Shop', 'us-east-1')).toEqual(['/Shop/channels/chat']);
    expect(await channelParameters('Another', 'us-east-1')).toEqual([]);
    vi.stubEnv('AWS_ENDPOINT_URL_SSM', 'http://127.0.0.1:9');
    expect(await channelParameters('Shop', 'us-east-1')).toBeUndefined();
  });

  it('keeps what a channel does not take, and tells it once it does', async () => {
    const { run, got, publish, endpoint, clock, logged } = await open();
    await run(['add', 'chat', '--kind', 'slack'], `${endpoint}/broken/SECRET`);
    expect(await run(['test', 'chat'])).toMatchObject({ code: 1, stderr: 'chat: answered 503\n' });
    await publish(alert());
    for (const [attempts, waitMs] of [60_000, 120_000].entries()) {
      const failures = () =>
        logged.filter((line) => line.includes('Channels were not told') && line.includes('"ERROR"'));
      await vi.waitFor(() => expect(failures()).toHaveLength(attempts + 1), PATIENT);
      await vi.waitFor(() => expect(clock.isDueIn(waitMs)).toBe(true), PATIENT);
      await clock.advance(waitMs);
    }
    await run(['add', 'chat', '--kind', 'slack', '--replace'], `${endpoint}/api/hook/chat`);
    await vi.waitFor(
      async () => expect((await run(['redrive'])).stderr).toBe('1 event told once more.\n'),
      PATIENT,
    );
    expect(logged.join('\n')).not.toContain('SECRET');
    // The function reads its channels again after a minute of its own clock, which no test moves.
    expect(await run(['remove', 'chat'])).toMatchObject({ code: 0 });
    expect(await run(['remove', 'chat'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no channel'),
    });
    expect(await got('chat')).toEqual([]);
  });

  it.each([
    [['add', 'x'], 'secret', /Expected --kind, one of slack, teams/],
    [['add', 'x y', '--kind', 'slack'], 'https://x', /Expected the name of a channel/],
    [
      ['add', 'x', '--kind', 'slack'],
      '',
      /Expected the address of the incoming webhook, .*STREAMWATCH_CHANNEL_SECRET/,
    ],
    [['add', 'x', '--kind', 'slack'], 'http://example.com/x', /begins with https/],
    [
      ['add', 'x', '--kind', 'slack', '--url', 'https://x'],
      'https://x',
      /--url goes with pagerduty and opsgenie only/,
    ],
    [['add', 'x', '--kind', 'fax'], 'x', /Allowed choices/],
    [['sing'], '', /Expected one of add, list/],
    [['list', 'x'], '', /Expected nothing after list/],
  ])('explains the misuse %j', async (argv, secret, message) => {
    const { said, io } = listen();
    const source: SecretSource = {
      ...{ variable: secret, isTerminal: false, readAll: async () => '', ask: async () => '' },
    };
    expect(await runChannel(argv, { ...io, secret: source })).toBe(2);
    expect(said.stderr).toMatch(message);
    expect(said.stderr).not.toContain('example.com');
  });
});

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../../../infra/cli/user-error.ts';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { createMailbox } from '../../../../infra/emulator/mailbox/mailbox.ts';
import { createMailRateWatch } from '../../../../infra/emulator/sns/mail-rate.ts';
import { parseMessage } from '../../../../infra/emulator/sns/message.ts';
import { createSns, type Sns, type SnsOptions } from '../../../../infra/emulator/sns/sns.ts';
import { parseSubscription } from '../../../../infra/emulator/sns/template.ts';
import { AwsError } from '../../../../infra/emulator/wire/aws-error.ts';
import { openAlertLog } from '../../../../infra/local/alert-log.ts';
import { STREAM, TOPIC, temporaryFolder } from './support/harness.ts';

const EMAIL = { TopicArn: TOPIC, Protocol: 'email', Endpoint: 'ops@example.com' };
let folder: ReturnType<typeof temporaryFolder>;
let notices: string[];
let sent: string[];

beforeEach(() => {
  folder = temporaryFolder();
  notices = [];
  sent = [];
});
afterEach(() => {
  vi.useRealTimers();
  folder.remove();
});

function noticeBus(): EventBus {
  const bus = new EventBus();
  bus.on('event', (event) => {
    if (event.type === 'notice') notices.push(`${event.level}: ${event.text}`);
  });
  return bus;
}

function open(template: unknown[], options: Partial<SnsOptions> = {}): Sns {
  return createSns({
    topics: [{ arn: TOPIC, name: 'Alerts' }],
    subscriptions: template.map(parseSubscription),
    mail: async ({ subject }) => void sent.push(subject),
    putToFirehose: async () => {},
    stateDir: folder.path,
    bus: noticeBus(),
    endpoint: () => 'http://127.0.0.1:4566',
    ...options,
  });
}

async function call(sns: Sns, params: Record<string, string>): Promise<string> {
  const { status, body } = await sns.handle(new URLSearchParams(params));
  expect(body).not.toContain('<Error>');
  expect(status).toBe(200);
  return body;
}
const publish = (sns: Sns, Subject: string, Message = 'x') =>
  call(sns, { Action: 'Publish', TopicArn: TOPIC, Subject, Message });
const endpoints = async (sns: Sns) =>
  [...(await call(sns, { Action: 'ListSubscriptions' })).matchAll(/<Endpoint>(.*?)</g)].map(
    (match) => match[1],
  );
const arnOf = async (sns: Sns) =>
  /<SubscriptionArn>(.*?)</.exec(await call(sns, { Action: 'ListSubscriptions' }))?.[1] ?? '';

describe('deliveries', () => {
  it('try again until they arrive, in order, without holding up Publish', async () => {
    let failures = 2;
    const sns = open([EMAIL], {
      mail: async ({ subject }) => {
        if (failures > 0) {
          failures -= 1;
          throw new Error('connection refused');
        }
        sent.push(subject);
      },
    });
    await publish(sns, 'firing');
    await publish(sns, 'resolved');
    expect(sent).toEqual([]);
    await vi.waitFor(() => expect(sent).toEqual(['firing', 'resolved']));
    expect(notices).toEqual(['warning: SNS tries again a mail to ops@example.com: connection refused']);
    await sns.close();
  });

  it('are given up, with a notice, when the receiver refuses for good', async () => {
    const firehose = { TopicArn: TOPIC, Protocol: 'firehose', Endpoint: STREAM, RawMessageDelivery: true };
    const sns = open([EMAIL, firehose], {
      mail: async () => {
        throw Object.assign(new Error('mailbox unavailable'), { responseCode: 550 });
      },
      putToFirehose: async () => {
        throw new AwsError('ResourceNotFoundException', 'no such stream');
      },
    });
    await publish(sns, 'lost');
    await sns.close();
    expect(notices.sort()).toEqual([
      'error: SNS gave up a mail to ops@example.com: mailbox unavailable',
      `error: SNS gave up a record to ${STREAM}: no such stream`,
    ]);
  });

  it('are drained at the end, and what still fails is named', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sns = open([EMAIL], {
      mail: async ({ subject }) => {
        await gate;
        if (subject === 'bad') throw new Error('connection refused');
        sent.push(subject);
      },
    });
    for (const subject of ['one', 'bad', 'two']) await publish(sns, subject);
    const closed = sns.close();
    expect(sent).toEqual([]);
    release();
    await closed;
    expect(sent).toEqual(['one', 'two']);
    expect(notices).toEqual([
      'error: SNS keeps a mail to ops@example.com for the next start: connection refused',
    ]);
  });

  it('outlive the process: what was accepted and not delivered comes at the next start, in order and once', async () => {
    const firehose = { TopicArn: TOPIC, Protocol: 'firehose', Endpoint: STREAM, RawMessageDelivery: true };
    const never = () => new Promise<void>(() => {});
    const killed = open([EMAIL, firehose], {
      mail: ({ subject }) => (subject === 'delivered' ? Promise.resolve() : never()),
      putToFirehose: never,
    });
    for (const subject of ['delivered', 'second', 'third']) await publish(killed, subject, `row ${subject}`);

    const records: string[] = [];
    const next = open([EMAIL, firehose], {
      putToFirehose: async (stream, data) => void records.push(`${stream} ${Buffer.from(data).toString()}`),
    });
    expect(sent).toEqual([]);
    next.resume();
    await next.close();
    expect(sent).toEqual(['second', 'third']);
    expect(records).toEqual(['delivered', 'second', 'third'].map((row) => `${STREAM} row ${row}`));

    const later = open([EMAIL, firehose]);
    later.resume();
    await later.close();
    expect(sent).toEqual(['second', 'third']);
  });

  it('reach the real mailbox in order, none lost, when closed at once', async () => {
    const bus = noticeBus();
    const mailbox = await createMailbox({ stateDir: folder.path, bus });
    const sns = open([EMAIL], { mail: mailbox.send, bus });
    for (let i = 0; i < 30; i += 1) await publish(sns, `alert ${i}`);
    await sns.close();
    const subjects = (await mailbox.list()).map(({ subject }) => subject);
    expect(subjects.reverse()).toEqual(Array.from({ length: 30 }, (_, i) => `alert ${i}`));
    await mailbox.close();
  });

  it('of more than ten mails a second are warned of, once a minute', () => {
    let now = 0;
    const watch = createMailRateWatch(noticeBus(), () => now);
    const storm = (mails: number) => {
      for (let i = 0; i < mails; i += 1) watch.count('ops@example.com');
    };
    storm(10);
    now += 1000;
    storm(10);
    expect(notices).toEqual([]);
    storm(5);
    expect(notices).toEqual([
      'warning: More than 10 e-mails in a second: AWS would now disable the subscription of ops@example.com',
    ]);
    now += 30_000;
    storm(20);
    expect(notices).toHaveLength(1);
    now += 30_000;
    storm(20);
    expect(notices).toHaveLength(2);
  });
});

describe('subscriptions over restarts', () => {
  it('keep those made by API, with their attributes, and do not greet again', async () => {
    const first = open([]);
    await call(first, {
      Action: 'Subscribe',
      TopicArn: TOPIC,
      Protocol: 'email',
      Endpoint: 'me@example.com',
      'Attributes.entry.1.key': 'FilterPolicy',
      'Attributes.entry.1.value': '{"severity":["critical"]}',
    });
    await first.close();
    const arn = await arnOf(first);
    sent = [];
    const second = open([]);
    expect(await arnOf(second)).toBe(arn);
    await publish(second, 'no severity');
    await call(second, {
      Action: 'Publish',
      TopicArn: TOPIC,
      Message: 'x',
      Subject: 'critical',
      'MessageAttributes.entry.1.Name': 'severity',
      'MessageAttributes.entry.1.Value.DataType': 'String',
      'MessageAttributes.entry.1.Value.StringValue': 'critical',
    });
    await second.close();
    expect(sent).toEqual(['critical']);
  });

  it('follow the template: new ones come, changed ones change, those gone go', async () => {
    const first = open([EMAIL]);
    const arn = await arnOf(first);
    const second = open([{ ...EMAIL, FilterPolicy: { severity: ['critical'] } }]);
    expect(await arnOf(second)).toBe(arn);
    const attributes = await call(second, { Action: 'GetSubscriptionAttributes', SubscriptionArn: arn });
    expect(attributes).toContain('{&quot;severity&quot;:[&quot;critical&quot;]}');
    expect(await endpoints(open([{ ...EMAIL, Endpoint: 'new@example.com' }]))).toEqual(['new@example.com']);
    expect(await endpoints(open([]))).toEqual([]);
  });

  it('respect that somebody left one of the template', async () => {
    const first = open([EMAIL]);
    expect(first.unsubscribe(await arnOf(first))).toBe(true);
    expect(await endpoints(open([EMAIL]))).toEqual([]);
    expect(await endpoints(open([{ ...EMAIL, RawMessageDelivery: 'true' }]))).toEqual(['ops@example.com']);
  });

  it('start in spite of one that cannot be served, and deliver nothing to it', async () => {
    const sns = open([
      EMAIL,
      { ...EMAIL, Endpoint: 'or@example.com', FilterPolicy: { $or: [{ a: ['b'] }] } },
      {
        ...EMAIL,
        Endpoint: 'body@example.com',
        FilterPolicy: { a: ['b'] },
        FilterPolicyScope: 'MessageBody',
      },
    ]);
    await publish(sns, 'one');
    await sns.close();
    expect(sent).toEqual(['one']);
    expect(notices).toEqual([
      expect.stringMatching(/^warning: SNS delivers nothing to email or@example.com: .*\$or operator/),
      expect.stringMatching(/^warning: SNS delivers nothing to email body@example.com: .*message body/),
    ]);
  });

  it('say what to do about a file that cannot be read', () => {
    writeFileSync(join(folder.path, 'sns.json'), '{"version":');
    expect(() => open([])).toThrow(UserError);
    expect(() => open([])).toThrow(/sns\.json .*Delete it to start anew/);
  });
});

describe('the log of alerts', () => {
  const alert = (n: number) => ({
    notification_id: `n${n}`,
    incident_id: 'i1',
    status: 'firing',
    severity: 'critical',
    rule: 'overheating',
    device_id: 'device-1',
    site_id: 'site-1',
    metric: 'temperature',
    operator: '>',
    threshold: '85',
    value: 90,
    peak: 91,
    started_at: '2026-01-31T09:30:00.000Z',
    at: '2026-01-31T09:30:05.000Z',
    summary: 'Temperature of device-1 is 90 °C',
    timestamp_sent: '2026-01-31 09',
  });
  const lines = (...numbers: number[]) => numbers.map((n) => `${JSON.stringify(alert(n))}\n`).join('');
  const ids = (log: { list(): { notification_id: string }[] }) => log.list().map((a) => a.notification_id);
  const message = (Message: string, structure?: string) =>
    parseMessage(
      new URLSearchParams({ Message, ...(structure ? { MessageStructure: structure } : {}) }),
      TOPIC,
      0,
    );

  it('takes the rows for the lake, or else the default body', async () => {
    const sns = open([]);
    const body = { default: 'Two alerts', firehose: lines(1, 2) };
    await call(sns, {
      Action: 'Publish',
      TopicArn: TOPIC,
      MessageStructure: 'json',
      Message: JSON.stringify(body),
    });
    await publish(sns, 'plain', JSON.stringify(alert(3)));
    await publish(sns, 'no alert', 'hello');
    expect(sns.alerts()).toEqual([alert(1), alert(2), alert(3)]);
    expect(open([]).alerts()).toEqual([alert(1), alert(2), alert(3)]);
  });

  it('is bounded in memory and on disk', () => {
    const file = join(folder.path, 'alerts.ndjson');
    const log = openAlertLog(file, 3);
    for (let n = 1; n <= 6; n += 1) log.append(message(lines(n)));
    expect(ids(log)).toEqual(['n4', 'n5', 'n6']);
    expect(readFileSync(file, 'utf8')).toBe(lines(1, 2, 3, 4, 5, 6));
    log.append(message(lines(7)));
    expect(readFileSync(file, 'utf8')).toBe(lines(5, 6, 7));
    expect(ids(openAlertLog(file, 3))).toEqual(['n5', 'n6', 'n7']);
  });

  it('survives a line that a crash has cut', () => {
    const file = join(folder.path, 'alerts.ndjson');
    openAlertLog(file).append(message(lines(1)));
    appendFileSync(file, '{"notification_id":"n2"');
    openAlertLog(file).append(message(lines(3)));
    expect(ids(openAlertLog(file))).toEqual(['n1', 'n3']);
  });
});

import { mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { SetupError } from '../../../../infra/emulator/base/setup-error.ts';
import { openMailbox } from '../../../../infra/emulator/mailbox/mailbox.ts';
import { createMailRateWatch } from '../../../../infra/emulator/sns/mail-rate.ts';
import { openSns, type Sns, type SnsOptions } from '../../../../infra/emulator/sns/sns.ts';
import { parseSubscription } from '../../../../infra/emulator/sns/template.ts';
import { AwsError } from '../../../../infra/emulator/wire/aws-error.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { STREAM, TOPIC, temporaryFolder } from './support/harness.ts';

const EMAIL = { TopicArn: TOPIC, Protocol: 'email', Endpoint: 'ops@example.com' };
let folder: ReturnType<typeof temporaryFolder>;
let notices: string[];
let sent: string[];
let clock: VirtualClock;

beforeEach(() => {
  folder = temporaryFolder();
  notices = [];
  sent = [];
  clock = new VirtualClock();
});
afterEach(() => {
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
  return openSns({
    topics: [{ arn: TOPIC, name: 'Alerts' }],
    subscriptions: template.map(parseSubscription),
    mail: async ({ subject }) => void sent.push(subject),
    putToFirehose: async () => {},
    ...{ invokeLater: async () => {}, sendToQueue: async () => {} },
    stateDir: folder.path,
    bus: noticeBus(),
    clock,
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
  it('are retried until they arrive, in order, without holding up Publish', async () => {
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
    await clock.advance(300);
    expect(sent).toEqual(['firing', 'resolved']);
    expect(notices).toEqual(['warning: SNS tries again a mail to ops@example.com: connection refused']);
    await sns.close();
  });

  it('wait longer after each failure, up to five seconds, whatever the wall clock does', async () => {
    const triedMs: number[] = [];
    const sns = open([EMAIL], {
      mail: async () => {
        triedMs.push(clock.elapsed());
        if (triedMs.length === 4) clock.stepWall(-3_600_000);
        if (triedMs.length <= 9) throw new Error('connection refused');
      },
    });
    await publish(sns, 'firing');
    await clock.advance(60_000);
    expect(triedMs).toHaveLength(10);
    expect(triedMs[0]).toBe(0);
    [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000].forEach((longest, i) => {
      const waited = (triedMs[i + 1] ?? 0) - (triedMs[i] ?? 0);
      expect(waited).toBeGreaterThanOrEqual(longest / 2);
      expect(waited).toBeLessThanOrEqual(longest);
    });
    await sns.close();
  });

  it('are given up, with a notice, when the receiver refuses permanently', async () => {
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

  describe('that are given up, with a queue for dead letters', () => {
    const [QUEUE, DEAD] = ['queue', 'dead'].map((name) => `arn:aws:sqs:us-east-1:000000000000:${name}`);
    const toQueue = { TopicArn: TOPIC, Protocol: 'sqs', Endpoint: QUEUE };
    const withDead = { ...toQueue, RedrivePolicy: { deadLetterTargetArn: DEAD } };
    const journal = () => join(folder.path, 'sns-pending.ndjson');
    const breakDisk = () => {
      renameSync(journal(), `${journal()}.away`);
      mkdirSync(journal());
    };
    const healDisk = () => {
      rmdirSync(journal());
      renameSync(`${journal()}.away`, journal());
    };
    const metrics = (bus: EventBus) => {
      const counts: Record<string, number> = {};
      bus.on('metric', ({ name, value }) => {
        counts[name] = (counts[name] ?? 0) + value;
      });
      return counts;
    };

    it('wait for the disk if they cannot be noted there, and hold up nobody', async () => {
      const bus = noticeBus();
      const counts = metrics(bus);
      const got: string[] = [];
      const sns = open([withDead], {
        bus,
        sendToQueue: async (queue, _sender, body) => {
          if (queue === DEAD) return void got.push(JSON.parse(body).Message);
          breakDisk();
          throw new AwsError('QueueDoesNotExist', 'no such queue');
        },
      });
      await publish(sns, 'x', 'kept');
      await vi.waitFor(() => expect(notices).toEqual([expect.stringMatching(/cannot give up .*EISDIR/)]));
      healDisk();
      await clock.advance(5_000);
      await vi.waitFor(() => expect(got).toEqual(['kept']));
      await sns.close();
      expect(counts).toMatchObject({
        ...{ NumberOfNotificationsDelivered: 0, NumberOfNotificationsFailed: 1 },
        ...{ NumberOfNotificationsRedrivenToDlq: 1, NumberOfNotificationsFailedToRedriveToDlq: 0 },
      });
    });

    it('are there at the next start if the disk stays full until the end', async () => {
      const sns = open([withDead], {
        sendToQueue: async () => {
          breakDisk();
          throw new AwsError('QueueDoesNotExist', 'no such queue');
        },
      });
      await publish(sns, 'x', 'kept');
      await vi.waitFor(() => expect(notices).toHaveLength(1));
      await sns.close();
      expect(notices.at(-1)).toMatch(/^error: SNS keeps a message to .*:queue for the next start: EISDIR/);
      healDisk();
      const got: string[] = [];
      const next = open([withDead], {
        sendToQueue: async (_queue, _sender, body) => void got.push(JSON.parse(body).Message),
      });
      next.resume();
      await next.close();
      expect(got).toEqual(['kept']);
    });

    it('are not those that were only throttled', async () => {
      let refusals = 2;
      const got: string[] = [];
      const sns = open([withDead], {
        sendToQueue: async (queue) => {
          refusals -= 1;
          if (refusals >= 0) throw new AwsError('RequestThrottled', 'too many');
          got.push(queue);
        },
      });
      await publish(sns, 'x');
      await vi.waitFor(async () => {
        await clock.advance(1);
        expect(got).toEqual([QUEUE]);
      });
      await sns.close();
    });
  });

  it('are drained at the end, and those that still fail are named', async () => {
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

  it('outlive the process: what was accepted but not delivered is delivered at the next start, in order and once', async () => {
    const firehose = { TopicArn: TOPIC, Protocol: 'firehose', Endpoint: STREAM, RawMessageDelivery: true };
    const never = () => new Promise<void>(() => {});
    const killed = open([EMAIL, firehose], {
      mail: ({ subject }) => (subject === 'delivered' ? Promise.resolve() : never()),
      putToFirehose: never,
    });
    for (const subject of ['delivered', 'second', 'third']) await publish(killed, subject, `row ${subject}`);

    const records: string[] = [];
    const next = open([EMAIL, firehose], {
      putToFirehose: async ({ deliveryStreamArn }, data) =>
        void records.push(`${deliveryStreamArn} ${Buffer.from(data).toString()}`),
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

  it('reach the real mailbox in order, none lost, even if it is closed at once', async () => {
    const bus = noticeBus();
    const mailbox = await openMailbox({ stateDir: folder.path, bus });
    const sns = open([EMAIL], { mail: mailbox.send, bus });
    for (let i = 0; i < 30; i += 1) await publish(sns, `alert ${i}`);
    await sns.close();
    const subjects = (await mailbox.list()).map(({ subject }) => subject);
    expect(subjects.reverse()).toEqual(Array.from({ length: 30 }, (_, i) => `alert ${i}`));
    await mailbox.close();
  });

  it('of more than ten mails a second cause a warning, once a minute', async () => {
    const watch = createMailRateWatch(noticeBus(), clock);
    const storm = (mails: number) => {
      for (let i = 0; i < mails; i += 1) watch.count('ops@example.com');
    };
    storm(10);
    await clock.advance(1000);
    storm(10);
    expect(notices).toEqual([]);
    storm(5);
    expect(notices).toEqual([
      'warning: More than 10 e-mails in a second: AWS would now disable the subscription of ops@example.com',
    ]);
    await clock.advance(30_000);
    storm(20);
    expect(notices).toHaveLength(1);
    await clock.advance(30_000);
    storm(20);
    expect(notices).toHaveLength(2);
  });

  it('are rated by the time that passes, not by how somebody sets the clock', async () => {
    const watch = createMailRateWatch(noticeBus(), clock);
    for (let i = 0; i < 11; i += 1) {
      watch.count('ops@example.com');
      // An hour back each time, and a tenth of a second on: ten in any second, never eleven.
      clock.stepWall(-3_600_000);
      await clock.advance(100);
    }
    expect(notices).toEqual([]);
    for (let i = 0; i < 11; i += 1) {
      watch.count('ops@example.com');
      clock.stepWall(3_600_000);
    }
    expect(notices).toHaveLength(1);
  });
});

describe('subscriptions over restarts', () => {
  it('keep those made by API, with their attributes, without a second confirmation mail', async () => {
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

  it('follow the template: new ones are added, changed ones change, removed ones go', async () => {
    const first = open([EMAIL]);
    const arn = await arnOf(first);
    const second = open([{ ...EMAIL, FilterPolicy: { severity: ['critical'] } }]);
    expect(await arnOf(second)).toBe(arn);
    const attributes = await call(second, { Action: 'GetSubscriptionAttributes', SubscriptionArn: arn });
    expect(attributes).toContain('{&quot;severity&quot;:[&quot;critical&quot;]}');
    expect(await endpoints(open([{ ...EMAIL, Endpoint: 'new@example.com' }]))).toEqual(['new@example.com']);
    expect(await endpoints(open([]))).toEqual([]);
  });

  it('respect that somebody unsubscribed from one in the template', async () => {
    const first = open([EMAIL]);
    expect(first.unsubscribe(await arnOf(first))).toBe(true);
    expect(await endpoints(open([EMAIL]))).toEqual([]);
    expect(await endpoints(open([{ ...EMAIL, RawMessageDelivery: 'true' }]))).toEqual(['ops@example.com']);
  });

  it('start even if one cannot be served, and deliver nothing to it', async () => {
    const sns = open([
      EMAIL,
      { ...EMAIL, Endpoint: 'or@example.com', FilterPolicy: { $or: [{ a: ['b'] }] } },
    ]);
    await publish(sns, 'one');
    await sns.close();
    expect(sent).toEqual(['one']);
    expect(notices).toEqual([
      expect.stringMatching(/^warning: SNS delivers nothing to email or@example.com: .*\$or operator/),
    ]);
  });

  it('say what to do about a file that cannot be read', () => {
    writeFileSync(join(folder.path, 'sns.json'), '{"version":');
    expect(() => open([])).toThrow(SetupError);
    expect(() => open([])).toThrow(/sns\.json .*Delete it to start anew/);
  });
});

/** A local SNS behind a real HTTP server, with the real SDK client in front of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { EventBus, type RuntimeEvent } from '../../../../../infra/emulator/base/events.ts';
import type { OutgoingMail } from '../../../../../infra/emulator/mailbox/mail.ts';
import { openSns, type Sns, type SnsOptions } from '../../../../../infra/emulator/sns/sns.ts';

export const TOPIC = 'arn:aws:sns:us-east-1:000000000000:Alerts';
export const OTHER_TOPIC = 'arn:aws:sns:us-east-1:000000000000:Others';
export const STREAM = 'arn:aws:firehose:us-east-1:000000000000:deliverystream/alerts';

export const temporaryFolder = () => {
  const path = mkdtempSync(join(tmpdir(), 'streamwatch-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

export interface Harness {
  sns: Sns;
  client: SNSClient;
  mails: OutgoingMail[];
  records: { stream: string; text: string }[];
  notices: string[];
  /** Subscribes to {@link TOPIC}; returns the ARN. */
  subscribe(protocol: string, endpoint: string, attributes?: Record<string, string>): Promise<string>;
  /** Publishes to {@link TOPIC} unless told otherwise. */
  publish(input: Partial<PublishCommand['input']>): Promise<{ MessageId?: string }>;
  /** Waits for all deliveries; returns the alert mails, without those that welcome a new subscriber. */
  alertMails(): Promise<OutgoingMail[]>;
  close(): Promise<void>;
}

export async function startSns(options: Partial<SnsOptions> & { stateDir: string }): Promise<Harness> {
  const mails: OutgoingMail[] = [];
  const records: Harness['records'] = [];
  const notices: string[] = [];
  const bus = new EventBus();
  bus.on('event', (event: RuntimeEvent) => {
    if (event.type === 'notice') notices.push(event.text);
  });
  const sns = openSns({
    topics: [
      { arn: TOPIC, name: 'Alerts', displayName: 'Streamwatch "alerts"' },
      { arn: OTHER_TOPIC, name: 'Others' },
    ],
    subscriptions: [],
    mail: async (mail) => void mails.push(mail),
    ...{ invokeLater: async () => {}, sendToQueue: async () => {} },
    putToFirehose: async ({ deliveryStreamArn: stream }, data) =>
      void records.push({ stream, text: Buffer.from(data).toString() }),
    bus,
    endpoint: () => 'http://127.0.0.1:4566',
    ...options,
  });
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = await sns.handle(new URLSearchParams(body));
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = new SNSClient({ endpoint: `http://127.0.0.1:${port}`, maxAttempts: 1 });
  return {
    sns,
    client,
    mails,
    records,
    notices,
    async subscribe(Protocol, Endpoint, Attributes) {
      const command = new SubscribeCommand({ TopicArn: TOPIC, Protocol, Endpoint, Attributes });
      return (await client.send(command)).SubscriptionArn ?? '';
    },
    publish: (input) => client.send(new PublishCommand({ TopicArn: TOPIC, Message: 'hello', ...input })),
    async alertMails() {
      await sns.close();
      return mails.filter(({ subject }) => !subject.includes('Subscription Confirmation'));
    },
    async close() {
      await sns.close();
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The local inbox: a real SMTP server on loopback, and the client that sends to it. */
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { type Clock, systemClock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import type { Mail, OutgoingMail } from './mail.ts';
import { loadMailStore } from './mail-store.ts';

const HOST = '127.0.0.1';
/** SNS takes messages up to 256 KiB; quoted-printable triples them at worst. */
const MAX_MAIL_BYTES = 2 * 1024 * 1024;

export interface Mailbox {
  /** Port of the SMTP server on 127.0.0.1, to which other programs may send, too. */
  port: number;
  /** Sends a mail over SMTP. @throws Error, with `responseCode` where the server refused the mail */
  send(mail: OutgoingMail): Promise<void>;
  /** Newest first; 1,000 unless `limit` says otherwise. */
  list(limit?: number, offset?: number): Promise<Mail[]>;
  get(id: string): Promise<Mail | undefined>;
  /** Number of mails in the folder, over restarts. */
  size(): number;
  /** Number of mails received since the start. */
  received(): number;
  close(): Promise<void>;
}

/** Opens the folder `mail/` in `stateDir` and an SMTP port for it. */
export async function openMailbox(options: {
  stateDir: string;
  bus: EventBus;
  clock?: Pick<Clock, 'now'>;
}): Promise<Mailbox> {
  const { bus, clock = systemClock } = options;
  const store = await loadMailStore(join(options.stateDir, 'mail'));
  let received = 0;

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const chunks: Buffer[] = [];
    // The stream must be read to its end, or the client would not receive the refusal.
    for await (const chunk of stream as AsyncIterable<Buffer>) if (!stream.sizeExceeded) chunks.push(chunk);
    if (stream.sizeExceeded) {
      throw Object.assign(new Error(`Expected at most ${MAX_MAIL_BYTES} bytes`), { responseCode: 552 });
    }
    const mail = await store.add(Buffer.concat([traceHeaders(session), ...chunks]), clock.now());
    received += 1;
    bus.publish({ type: 'mail', to: mail.to, subject: mail.subject });
  }

  const server = new SMTPServer({
    name: 'streamwatch.local',
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    closeTimeout: 1_000,
    onData(stream, session, callback) {
      receive(stream, session).then(
        () => callback(),
        (error: Error) => callback(error),
      );
    },
  });
  // A client that disconnects in the middle of a mail sends it again.
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(0, HOST, () => {
      server.server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.server.address() as { port: number };
  const transport = createTransport({
    pool: true,
    host: HOST,
    port,
    secure: false,
    ignoreTLS: true,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    port,
    async send(mail) {
      await transport.sendMail(mail);
    },
    list: (limit = 1_000, offset) => store.list(limit, offset),
    get: store.get,
    size: store.size,
    received: () => received,
    async close() {
      transport.close();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Headers that a mail server adds: the addresses that the mail was really delivered to. */
function traceHeaders({ envelope }: SMTPServerSession): Buffer {
  const from = envelope.mailFrom ? envelope.mailFrom.address : '';
  const lines = [
    `Return-Path: <${from}>`,
    ...envelope.rcptTo.map(({ address }) => `Delivered-To: ${address}`),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

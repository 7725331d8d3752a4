/** The local inbox: a real SMTP server on loopback, and the client that sends to it. */
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { EventBus } from '../base/events.ts';
import { type Mail, openMailStore } from './mail-store.ts';

const HOST = '127.0.0.1';
/** SNS takes messages up to 256 KiB; quoted-printable triples them at worst. */
const MAX_MAIL_BYTES = 2 * 1024 * 1024;

export interface Mailbox {
  /** Port of the SMTP server, on 127.0.0.1: other programs may send to it, too. */
  port: number;
  /** Sends a mail over SMTP. @throws Error, with `responseCode` where the server refused it */
  send(mail: {
    to: string;
    from: string;
    subject: string;
    text: string;
    headers?: Record<string, string>;
  }): Promise<void>;
  /** Newest first; 1,000 unless `limit` says otherwise. */
  list(limit?: number, offset?: number): Promise<Mail[]>;
  get(id: string): Promise<Mail | undefined>;
  /** Mails in the folder, over restarts. */
  size(): number;
  /** Mails that came since the start. */
  received(): number;
  close(): Promise<void>;
}

/** Opens the folder `mail/` in `stateDir` and an SMTP port for it. */
export async function createMailbox(options: {
  stateDir: string;
  bus: EventBus;
  /** Milliseconds since the epoch. */
  now?(): number;
}): Promise<Mailbox> {
  const { bus, now = Date.now } = options;
  const store = await openMailStore(join(options.stateDir, 'mail'));
  let received = 0;

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const chunks: Buffer[] = [];
    // The stream has to be read to its end, or the client would never hear of the refusal.
    for await (const chunk of stream as AsyncIterable<Buffer>) if (!stream.sizeExceeded) chunks.push(chunk);
    if (stream.sizeExceeded) {
      throw Object.assign(new Error(`Expected at most ${MAX_MAIL_BYTES} bytes`), { responseCode: 552 });
    }
    const mail = await store.add(Buffer.concat([traceHeaders(session), ...chunks]), now());
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
  // A client that goes away in the middle of a mail is its own business; it will send again.
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

/** Whom the mail was really delivered to (its own headers may say otherwise), as a mail server notes it. */
function traceHeaders({ envelope }: SMTPServerSession): Buffer {
  const from = envelope.mailFrom ? envelope.mailFrom.address : '';
  const lines = [
    `Return-Path: <${from}>`,
    ...envelope.rcptTo.map(({ address }) => `Delivered-To: ${address}`),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

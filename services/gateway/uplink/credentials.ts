/** Exchanges the site's certificate for credentials that last 15 minutes, at AWS IoT's credentials provider. */
import { request } from 'node:https';
import * as z from 'zod/mini';
import type { SiteKeys } from './site-keys.ts';

const TIMEOUT_MS = 10_000;
const HTTPS_PORT = 443;

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}

export interface Exchange {
  credentials: Credentials;
  /** The provider's clock, ms since the epoch; to the second. */
  serverMs: number | undefined;
}

/** The provider has answered, and gives no credentials. */
export class ExchangeRefused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const answerSchema = z.object({
  credentials: z.object({
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    sessionToken: z.string(),
    expiration: z.string(),
  }),
});

/** @throws ExchangeRefused, or an error of TLS or the network; `explain` has words for both */
export async function exchange(keys: SiteKeys): Promise<Exchange> {
  const { status, body, date } = await ask(keys);
  const serverMs = date === undefined ? undefined : Date.parse(date);
  if (status !== 200) throw new ExchangeRefused(status, body.slice(0, 200));
  const answer = answerSchema.safeParse(JSON.parse(body));
  if (!answer.success) throw new ExchangeRefused(status, 'An answer without credentials');
  const { expiration, ...rest } = answer.data.credentials;
  return { credentials: { ...rest, expiration: new Date(expiration) }, serverMs };
}

interface Answer {
  status: number;
  body: string;
  date: string | undefined;
}

function ask({ site, key, certificate, ca }: SiteKeys): Promise<Answer> {
  const [hostname = '', port = HTTPS_PORT] = site.credentialsEndpoint.split(':');
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...{ hostname, port, key, ca, cert: certificate },
        path: `/role-aliases/${encodeURIComponent(site.roleAlias)}/credentials`,
        headers: { 'x-amzn-iot-thingname': site.site },
        // Every exchange is a handshake of its own: that is when a certificate is looked at.
        agent: false,
        timeout: TIMEOUT_MS,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('error', reject).on('end', () => {
          resolve({ status: response.statusCode ?? 0, body, date: response.headers.date });
        });
      },
    );
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('No answer'), { code: 'ETIMEDOUT' })));
    asked.on('error', reject).end();
  });
}

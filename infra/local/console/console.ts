/** The pages and the small JSON API of the local runtime, over plain node:http requests. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alert } from '../../../services/contract/alert.ts';
import type { Mail } from '../mailbox/mail-store.ts';
import { fleetPage } from './fleet-page.ts';
import type { Html } from './html.ts';
import { inboxPage, MAILS_PER_PAGE, mailPage, messagePage, unsubscribePage } from './inbox-page.ts';
import { whyForeign } from './origin.ts';
import type { ConsoleSnapshot } from './snapshot.ts';

export interface ConsoleOptions {
  snapshot(): Promise<ConsoleSnapshot>;
  mailbox: {
    list(limit?: number, offset?: number): Promise<Mail[]>;
    get(id: string): Promise<Mail | undefined>;
    size(): number;
  };
  /** Oldest first. */
  alerts(): Alert[];
  sns: {
    subscription(arn: string): { topicArn: string; endpoint: string } | undefined;
    unsubscribe(arn: string): boolean;
  };
  /** The flags that lead a command here: `--local`, or `--local --dir DIR`. */
  flags: string;
  /** Milliseconds since the epoch. */
  now?(): number;
}

/** Everything comes from this address, nothing runs inline, nobody frames it, no form leaves it. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};
const MAX_FORM_BYTES = 4_096;

interface Answer {
  status: number;
  type: string;
  body: string;
  headers?: Record<string, string>;
}

const asset = (name: string, type: string): Answer => ({
  status: 200,
  type,
  body: readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8'),
});
const page = (markup: Html, status = 200): Answer => ({
  status,
  type: 'text/html; charset=utf-8',
  body: markup.markup,
});
const json = (value: unknown): Answer => ({
  status: 200,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
});

type Route = (url: URL, request: IncomingMessage) => Answer | Promise<Answer>;

/**
 * A handler that answers the console's paths and returns true, or returns false for what is none of its business. A
 * request from a foreign host or page gets a 403.
 */
export function createConsole(
  options: ConsoleOptions,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { mailbox, sns, flags, now = Date.now } = options;

  const routes: Record<string, Record<string, Route>> = {
    '/': { GET: async () => page(fleetPage(await options.snapshot(), flags, now())) },
    '/inbox': {
      GET: async ({ searchParams }) => {
        const offset = Math.max(Math.trunc(Number(searchParams.get('offset'))) || 0, 0);
        const mails = await mailbox.list(MAILS_PER_PAGE, offset);
        return page(inboxPage(mails, mailbox.size(), offset, flags, now()));
      },
    },
    '/unsubscribe.html': {
      GET: ({ searchParams }) => {
        const arn = searchParams.get('SubscriptionArn') ?? '';
        const subscription = sns.subscription(arn);
        return subscription ? page(unsubscribePage(arn, subscription)) : goneSubscription();
      },
      POST: async (_url, request) => {
        const arn = (await readForm(request)).get('SubscriptionArn') ?? '';
        if (!sns.unsubscribe(arn)) return goneSubscription();
        return page(messagePage('Unsubscribed', 'No further message of this topic comes to the address.'));
      },
    },
    '/api/inbox': { GET: async () => json(await mailbox.list()) },
    '/api/alerts': { GET: () => json(options.alerts()) },
    '/api/status': { GET: async () => json(await options.snapshot()) },
    '/console.css': { GET: () => asset('console.css', 'text/css; charset=utf-8') },
    '/console.js': { GET: () => asset('console.js', 'text/javascript; charset=utf-8') },
    '/icon.svg': { GET: () => asset('icon.svg', 'image/svg+xml') },
  };

  async function showMail(path: string): Promise<Answer> {
    const mail = await mailbox.get(path.slice('/inbox/'.length));
    return mail
      ? page(mailPage(mail))
      : page(messagePage('No such mail', 'It is not in the inbox (any more).'), 404);
  }

  const find = (path: string): Record<string, Route> | undefined => {
    if (path.startsWith('/inbox/')) return { GET: () => showMail(path) };
    return Object.hasOwn(routes, path) ? routes[path] : undefined;
  };

  return (request, response) => {
    const url = parseUrl(request.url);
    // `POST /` and `GET /?Action=…` are calls of an AWS API.
    if (!url || url.searchParams.has('Action') || (url.pathname === '/' && request.method === 'POST'))
      return false;
    const methods = find(url.pathname);
    if (!methods) return false;
    answer(methods, url, request)
      .catch(failure(url))
      .then(({ status, type, body, headers }) => {
        response.writeHead(status, {
          ...SECURITY_HEADERS,
          ...headers,
          'content-type': type,
          'content-length': Buffer.byteLength(body),
        });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
    return true;
  };
}

async function answer(methods: Record<string, Route>, url: URL, request: IncomingMessage): Promise<Answer> {
  const refusal = whyForeign(request.headers);
  if (refusal) return { status: 403, type: 'text/plain; charset=utf-8', body: `${refusal}\n` };
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (route) return route(url, request);
  const allow = Object.keys(methods).join(', ');
  return {
    status: 405,
    type: 'text/plain; charset=utf-8',
    body: `Expected ${allow}, got ${method}\n`,
    headers: { allow },
  };
}

const failure =
  (url: URL) =>
  (error: unknown): Answer => {
    const text = error instanceof Error ? error.message : String(error);
    if (!url.pathname.startsWith('/api/')) return page(messagePage('This page cannot be shown', text), 500);
    return { ...json({ message: text }), status: 500 };
  };

const goneSubscription = () =>
  page(messagePage('No such subscription', 'It has ended already, or it never was.'), 404);

/** Undefined for a request target that is no path, such as `*` or `//[`. */
function parseUrl(target = '/'): URL | undefined {
  try {
    return new URL(target, 'http://localhost');
  } catch {
    return undefined;
  }
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_FORM_BYTES) throw new Error(`Expected a form of at most ${MAX_FORM_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** The page, the inbox and the JSON API, over plain node:http requests. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Mailbox } from '../../../emulator/mailbox/mailbox.ts';
import type { Sns } from '../../../emulator/sns/sns.ts';
import { whyForeign } from '../../../emulator/wire/origin.ts';
import { assetAnswer, assetFiles } from './assets.ts';
import {
  type Answer,
  describeError,
  errorAnswer,
  htmlAnswer,
  type Methods,
  readText,
  SECURITY_HEADERS,
  send,
  textAnswer,
} from './http.ts';
import { inboxPage, MAILS_PER_PAGE, mailPage, messagePage, unsubscribePage } from './inbox-page.ts';
import type { Live } from './live.ts';
import { apiRoutes, type RouteSources } from './routes.ts';

export interface ConsoleOptions extends RouteSources {
  live: Pick<Live, 'join'>;
  mailbox: Pick<Mailbox, 'list' | 'get' | 'size'>;
  sns: Pick<Sns, 'subscription' | 'unsubscribe'>;
  flags: string;
  /** Milliseconds since the epoch. */
  now?(): number;
}

const MAX_FORM_BYTES = 4_096;
const EVENTS = '/api/events';

/** A handler that answers the console's paths and returns true, or returns false for any other path. */
export function createConsole(
  options: ConsoleOptions,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const routes: Record<string, Methods> = { ...pageRoutes(options), ...apiRoutes(options) };
  const assets = assetFiles();

  async function showMail(path: string): Promise<Answer> {
    const mail = await options.mailbox.get(path.slice('/inbox/'.length));
    return mail
      ? htmlAnswer(mailPage(mail))
      : htmlAnswer(messagePage('No such mail', 'It is not in the inbox (any more).'), 404);
  }

  const find = (path: string): Methods | undefined => {
    const file = assets.get(path);
    if (file !== undefined) return { GET: () => assetAnswer(file) };
    if (path.startsWith('/inbox/')) return { GET: () => showMail(path) };
    return Object.hasOwn(routes, path) ? routes[path] : undefined;
  };

  return (request, response) => {
    const url = parseUrl(request.url);
    // `POST /` and `GET /?Action=…` are calls of an AWS API.
    if (!url || url.searchParams.has('Action') || (url.pathname === '/' && request.method === 'POST'))
      return false;
    if (url.pathname === EVENTS && request.method === 'GET' && !whyForeign(request.headers)) {
      options.live.join(response, SECURITY_HEADERS);
      return true;
    }
    const methods = url.pathname === EVENTS ? { GET: () => textAnswer('', 200) } : find(url.pathname);
    if (!methods) return false;
    answer(methods, url, request)
      .catch(failure(url))
      .then((result) => send(request, response, result));
    return true;
  };
}

/** Pages that need no script. */
function pageRoutes({ mailbox, sns, flags, now = Date.now }: ConsoleOptions): Record<string, Methods> {
  return {
    '/inbox': {
      GET: async ({ searchParams }) => {
        const offset = Math.max(Math.trunc(Number(searchParams.get('offset'))) || 0, 0);
        const mails = await mailbox.list(MAILS_PER_PAGE, offset);
        return htmlAnswer(inboxPage(mails, mailbox.size(), offset, flags, now()));
      },
    },
    '/unsubscribe.html': {
      GET: ({ searchParams }) => {
        const arn = searchParams.get('SubscriptionArn') ?? '';
        const subscription = sns.subscription(arn);
        return subscription ? htmlAnswer(unsubscribePage(arn, subscription)) : goneSubscription();
      },
      POST: async (_url, request) => {
        const form = new URLSearchParams(await readText(request, MAX_FORM_BYTES));
        if (!sns.unsubscribe(form.get('SubscriptionArn') ?? '')) return goneSubscription();
        return htmlAnswer(
          messagePage('Unsubscribed', 'No further message of this topic comes to the address.'),
        );
      },
    },
  };
}

async function answer(methods: Methods, url: URL, request: IncomingMessage): Promise<Answer> {
  const foreign = whyForeign(request.headers);
  if (foreign) return textAnswer(foreign, 403);
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (route) return route(url, request);
  const allow = Object.keys(methods).join(', ');
  return { ...textAnswer(`Expected ${allow}, got ${method}`, 405), headers: { allow } };
}

const failure =
  (url: URL) =>
  (error: unknown): Answer => {
    if (url.pathname.startsWith('/api/')) return errorAnswer(error);
    const { status, message } = describeError(error);
    return htmlAnswer(messagePage('This page cannot be shown', message), status);
  };

const goneSubscription = () =>
  htmlAnswer(messagePage('No such subscription', 'It has ended already, or it never was.'), 404);

/** Undefined for a request target that is not a path, such as `*` or `//[`. */
function parseUrl(target = '/'): URL | undefined {
  try {
    return new URL(target, 'http://localhost');
  } catch {
    return undefined;
  }
}

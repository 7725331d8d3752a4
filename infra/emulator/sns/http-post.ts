/** POSTs a notice to an endpoint that somebody has subscribed, as SNS does. */
import { AwsError } from '../wire/aws-error.ts';
import { contentTypeOf } from './delivery-policy.ts';
import type { Signed } from './notice.ts';

/** SNS' own. */
const TIMEOUT_MS = 15_000;
/** The one client error that passes by itself. */
const TOO_MANY_REQUESTS = 429;

interface Post {
  /** May hold a user and a password, for basic authentication. */
  url: string;
  subscriptionArn: string;
  notice: Signed;
  raw: boolean;
  deliveryPolicy?: string;
}

/** Rejects with an `AwsError` below 500 where another attempt would fail as well. */
export async function postNotice(post: Post): Promise<void> {
  const { href, authorization } = withoutPassword(post.url);
  const { notice, raw } = post;
  const response = await fetch(href, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...headersOf(post), ...authorization },
    body: raw ? notice.Message : JSON.stringify(notice, null, 2),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new Error(`no answer: ${reasonOf(cause)}`, { cause });
  });
  await response.body?.cancel();
  const { status } = response;
  if (status >= 200 && status < 400) return;
  const isRefusal = status >= 400 && status < 500 && status !== TOO_MANY_REQUESTS;
  throw isRefusal
    ? new AwsError('ClientError', `answered ${status}`, status)
    : new Error(`answered ${status}`);
}

function headersOf({ notice, subscriptionArn, raw, deliveryPolicy }: Post): Record<string, string> {
  return {
    'content-type': contentTypeOf(deliveryPolicy),
    'user-agent': 'Amazon Simple Notification Service Agent',
    'x-amz-sns-message-type': notice.Type,
    'x-amz-sns-message-id': notice.MessageId,
    'x-amz-sns-topic-arn': notice.TopicArn,
    ...(notice.Type === 'Notification' ? { 'x-amz-sns-subscription-arn': subscriptionArn } : {}),
    ...(raw ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
  };
}

function withoutPassword(text: string): { href: string; authorization: Record<string, string> } {
  const url = new URL(text);
  const { username, password } = url;
  if (username === '') return { href: url.href, authorization: {} };
  url.username = '';
  url.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    href: url.href,
    authorization: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
  };
}

/** Of `fetch`, which says what it was only in the cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : message;
}

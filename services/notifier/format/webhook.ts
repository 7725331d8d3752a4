/**
 * Any program: the news as JSON. With a key it is signed as https://www.standardwebhooks.com says (HMAC-SHA256 over id,
 * time and body), for which there are libraries in most languages; the id is the same when the news comes again.
 */
import { createHmac } from 'node:crypto';
import type { ChannelOf } from '../../contract/channel.ts';
import type { Whereabouts } from '../../contract/look.ts';
import type { News } from './news.ts';
import { wholeOf } from './news-id.ts';
import { JSON_TYPE, type Request } from './request.ts';
import { lookAt, titleOf } from './words.ts';

/** Of a key as the standard writes it: base64 follows. Any other key is used as it is. */
const STANDARD_KEY = /^whsec_([A-Za-z0-9+/]+=*)$/;

export function toWebhook(
  news: News,
  { url, key }: ChannelOf<'webhook'>,
  whereabouts: Whereabouts,
  nowMs: number,
): Request[] {
  const { status, rule, told } = news;
  const whole = wholeOf(news);
  const { id } = whole;
  const body = JSON.stringify({
    title: titleOf(news),
    ...{ status, rule, count: told.length },
    // What a digest has no room for is there by its ids.
    alerts: told.map(({ alert, ...ids }) => alert ?? ids),
    look: lookAt(news, whereabouts),
  });
  const timestamp = String(Math.floor(nowMs / 1000));
  const headers = {
    ...{ ...JSON_TYPE, 'webhook-id': id, 'webhook-timestamp': timestamp },
    ...(key === undefined ? {} : { 'webhook-signature': signature(key, `${id}.${timestamp}.${body}`) }),
  };
  return [{ ...whole, url, headers, body }];
}

function signature(key: string, text: string): string {
  const base64 = STANDARD_KEY.exec(key)?.[1];
  const bytes = base64 === undefined ? Buffer.from(key) : Buffer.from(base64, 'base64');
  return `v1,${createHmac('sha256', bytes).update(text).digest('base64')}`;
}

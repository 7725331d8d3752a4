/** Tells each channel what it wants to know, once. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Whereabouts } from '../contract/look.ts';
import type { NamedChannel, ReadChannels } from './channels.ts';
import { toRequests } from './format/format.ts';
import { filtered, type News, parseNews } from './format/news.ts';
import type { Request } from './format/request.ts';
import type { Post } from './post.ts';
import type { SentLog } from './sent-log.ts';

/** Requests to one channel. */
const AT_ONCE = 8;

export interface NotifierParts {
  channels(): Promise<ReadChannels>;
  sentLog: SentLog;
  post: Post;
  /** Where a channel sends people. */
  whereabouts: Whereabouts;
  logger(): Pick<Logger, 'info' | 'error'>;
  /** Counts channels that were not told, for the alarm. */
  countUntold(channels: number): void;
  now(): number;
}

/** What SNS gives to a function, as far as it is read here. */
export interface TopicEvent {
  Records: { Sns: { Message: string } }[];
}

/** What it returns rejects when a channel was not told: Lambda tries again, and what was sent is not repeated. */
export function createNotifier(parts: NotifierParts): (event: TopicEvent) => Promise<void> {
  return async (event) => {
    const { channels, damaged } = await parts.channels();
    const problems = damaged.map((name) => `${name}: not a channel; write it again`);
    for (const { Sns } of event.Records) {
      const all = parseNews(Sns.Message);
      const told = await Promise.all(channels.map((channel) => tellAll(all, channel, parts)));
      problems.push(...told.flat());
    }
    if (problems.length === 0) return;
    parts.countUntold(problems.length);
    parts.logger().error('Channels were not told', { problems });
    throw new Error(`Channels were not told: ${problems.join('; ')}`);
  };
}

async function tellAll(all: News[], channel: NamedChannel, parts: NotifierParts): Promise<string[]> {
  const problems: string[] = [];
  for (const news of all) problems.push(...(await tell(news, channel, parts)));
  return problems;
}

/** In small groups: a service that refuses one request would refuse the others too. */
async function tell(news: News, named: NamedChannel, parts: NotifierParts): Promise<string[]> {
  const { name, channel } = named;
  const wanted = filtered(news, channel.filter);
  if (wanted === undefined) return [];
  const requests = toRequests(wanted, channel, parts.whereabouts, parts.now());
  let sent = 0;
  for (let from = 0; from < requests.length; from += AT_ONCE) {
    const group = requests.slice(from, from + AT_ONCE);
    const results = await Promise.allSettled(group.map((request) => sendOnce(named, request, parts)));
    sent += results.filter((result) => result.status === 'fulfilled' && result.value).length;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) return [`${name}: ${(failed.reason as Error).message}`];
  }
  if (sent > 0) parts.logger().info('Told', { channel: name, kind: channel.kind, requests: sent });
  return [];
}

/** Whether it was sent by this call. */
async function sendOnce(
  { name, channel: { kind } }: NamedChannel,
  request: Request,
  { sentLog, post }: NotifierParts,
): Promise<boolean> {
  const claim = await sentLog.claim({ name, kind }, request);
  if (claim === 'being sent') throw new Error('being sent by another invocation');
  if (claim !== 'mine') return false;
  let status: number;
  try {
    status = await post(request);
  } catch (error) {
    await sentLog.failed(name, request.id, (error as Error).message);
    throw error;
  }
  await sentLog.sent(name, request.id, `answered ${status}`);
  return true;
}

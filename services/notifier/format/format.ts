/** Of each kind of channel, how it wants to be told. */
import type { Channel } from '../../contract/channel.ts';
import type { News } from './news.ts';
import { toOpsgenie } from './opsgenie.ts';
import { toPagerDuty } from './pagerduty.ts';
import type { Request } from './request.ts';
import { toSlack } from './slack.ts';
import { toTeams } from './teams.ts';
import { toWebhook } from './webhook.ts';

export function toRequests(news: News, channel: Channel, nowMs: number): Request[] {
  switch (channel.kind) {
    case 'slack':
      return toSlack(news, channel);
    case 'teams':
      return toTeams(news, channel);
    case 'pagerduty':
      return toPagerDuty(news, channel);
    case 'opsgenie':
      return toOpsgenie(news, channel);
    case 'webhook':
      return toWebhook(news, channel, nowMs);
  }
}

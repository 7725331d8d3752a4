/** Of each kind of channel, how it wants to be told. */
import type { Channel } from '../../contract/channel.ts';
import type { Whereabouts } from '../../contract/look.ts';
import type { News } from './news.ts';
import { toOpsgenie } from './opsgenie.ts';
import { toPagerDuty } from './pagerduty.ts';
import type { Request } from './request.ts';
import { toSlack } from './slack.ts';
import { toTeams } from './teams.ts';
import { toWebhook } from './webhook.ts';

export function toRequests(news: News, channel: Channel, whereabouts: Whereabouts, nowMs: number): Request[] {
  switch (channel.kind) {
    case 'slack':
      return toSlack(news, channel, whereabouts);
    case 'teams':
      return toTeams(news, channel, whereabouts);
    case 'pagerduty':
      return toPagerDuty(news, channel, whereabouts);
    case 'opsgenie':
      return toOpsgenie(news, channel, whereabouts);
    case 'webhook':
      return toWebhook(news, channel, whereabouts, nowMs);
  }
}

/**
 * PagerDuty, Events API v2: one event for each incident. `dedup_key` is the incident's id, so that repetitions join the
 * open alert and "resolved" closes it. https://developer.pagerduty.com/docs/send-alert-event
 * Limits: summary 1,024 characters, dedup_key 255.
 */
import type { ChannelOf } from '../../contract/channel.ts';
import { linksOf, lookOf, type Whereabouts } from '../../contract/look.ts';
import { idsOf } from './incident-id.ts';
import type { News, Told } from './news.ts';
import { JSON_TYPE, type Request } from './request.ts';
import { clip, placeOf, titleOf } from './words.ts';

const MAX_SUMMARY = 1024;

export function toPagerDuty(
  news: News,
  { url, key }: ChannelOf<'pagerduty'>,
  whereabouts: Whereabouts,
): Request[] {
  return news.told.map((told) => ({
    ...{ ...idsOf(news, told), url, headers: JSON_TYPE },
    body: JSON.stringify({
      routing_key: key,
      event_action: news.status === 'resolved' ? 'resolve' : 'trigger',
      dedup_key: told.incident_id,
      ...(news.status === 'resolved' ? {} : triggerOf(news, told, whereabouts)),
    }),
  }));
}

function triggerOf(news: News, told: Told, whereabouts: Whereabouts) {
  const look = lookOf(whereabouts, told.incident_id);
  return {
    client: 'Streamwatch',
    links: linksOf(look).map(([text, href]) => ({ href, text })),
    payload: payloadOf(news, told, look.command),
  };
}

const payloadOf = (news: News, told: Told, command: string) => ({
  summary: clip(
    `${titleOf({ ...news, told: [told] })}${told.alert ? `: ${told.alert.summary}` : ''}`,
    MAX_SUMMARY,
  ),
  source: placeOf(told),
  severity: told.severity,
  ...(told.alert ? { timestamp: told.alert.at } : {}),
  component: told.device_id,
  group: told.site_id,
  class: news.rule,
  custom_details: { ...(told.alert ?? { incident_id: told.incident_id }), show: command },
});

/**
 * Opsgenie, Alert API, which Jira Service Management takes too: one alert for each incident, with the incident's id as
 * its alias. https://docs.opsgenie.com/docs/alert-api, https://docs.opsgenie.com/docs/alerts-and-alert-fields
 * Limits: message 130 characters, alias 512, description 15,000, 20 tags of 50. Details are texts.
 */
import type { ChannelOf } from '../../contract/channel.ts';
import { linksOf, lookOf, type Whereabouts } from '../../contract/look.ts';
import { idsOf } from './incident-id.ts';
import type { News, Told } from './news.ts';
import { JSON_TYPE, type Request } from './request.ts';
import { clip, placeOf, titleOf } from './words.ts';

const MAX_MESSAGE = 130;
const MAX_TAG = 50;
const PRIORITIES = { critical: 'P1', warning: 'P3' } as const;
const SOURCE = 'Streamwatch';

export function toOpsgenie(
  news: News,
  { url, key }: ChannelOf<'opsgenie'>,
  whereabouts: Whereabouts,
): Request[] {
  const headers = { ...JSON_TYPE, authorization: `GenieKey ${key}` };
  return news.told.map((told) => ({
    ...{ ...idsOf(news, told), headers },
    ...(news.status === 'resolved' ? closing(url, told) : opening(url, news, told, whereabouts)),
  }));
}

const opening = (url: string, news: News, told: Told, whereabouts: Whereabouts) => ({
  url,
  body: JSON.stringify({
    message: clip(titleOf({ ...news, told: [told] }), MAX_MESSAGE),
    alias: told.incident_id,
    description: describe(told, whereabouts),
    entity: placeOf(told),
    source: SOURCE,
    priority: PRIORITIES[told.severity],
    tags: [news.rule, told.site_id, told.severity].map((tag) => clip(tag, MAX_TAG)),
    details: Object.fromEntries(
      Object.entries(told.alert ?? {})
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => [name, String(value)]),
    ),
  }),
});

function describe(told: Told, whereabouts: Whereabouts): string {
  const look = lookOf(whereabouts, told.incident_id);
  const links = linksOf(look).map(([label, address]) => `${label}: ${address}`);
  return [told.alert?.summary ?? placeOf(told), '', look.command, ...links].join('\n');
}

const closing = (url: string, { incident_id, alert }: Told) => ({
  url: `${url.replace(/\/$/, '')}/${encodeURIComponent(incident_id)}/close?identifierType=alias`,
  body: JSON.stringify({ source: SOURCE, note: alert?.summary ?? 'Resolved' }),
});

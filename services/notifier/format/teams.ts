/**
 * Microsoft Teams: a workflow that starts "when a Teams webhook request is received" and posts the first card.
 * https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498
 * The card is of https://adaptivecards.io/explorer, version 1.4: the newest that Teams shows on phones too.
 */
import type { ChannelOf } from '../../contract/channel.ts';
import { linksOf, type Whereabouts } from '../../contract/look.ts';
import type { News } from './news.ts';
import { wholeOf } from './news-id.ts';
import { JSON_TYPE, type Request } from './request.ts';
import { factsOf, linesOf, lookAt, titleOf } from './words.ts';

const COLOURS = { resolved: 'Good', warning: 'Warning', critical: 'Attention' } as const;

export function toTeams(news: News, { url }: ChannelOf<'teams'>, whereabouts: Whereabouts): Request[] {
  const { status, told } = news;
  const look = lookAt(news, whereabouts);
  const facts = factsOf(news).map(([title, value]) => ({ title, value }));
  const text = (words: string, more: object = {}) => ({
    type: 'TextBlock',
    text: words,
    wrap: true,
    ...more,
  });
  const color = COLOURS[status === 'resolved' ? status : told[0].severity];
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      text(titleOf(news), { weight: 'Bolder', size: 'Medium', color }),
      ...linesOf(news).map((line) => text(line, { spacing: 'Small' })),
      ...(facts.length > 0 ? [{ type: 'FactSet', facts }] : []),
      text(look.command, { spacing: 'Small', fontType: 'Monospace' }),
    ],
    actions: linksOf(look).map(([title, address]) => ({ type: 'Action.OpenUrl', title, url: address })),
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  const body = JSON.stringify({ type: 'message', attachments: [{ contentType, contentUrl: null, content }] });
  return [{ ...wholeOf(news), url, headers: JSON_TYPE, body }];
}

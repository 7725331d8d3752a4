/**
 * Slack: an incoming webhook, one message for the news. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 * The limits are those of https://docs.slack.dev/reference/block-kit/blocks: header 150 characters, section 3,000, ten
 * fields of 2,000. `text` is what notifications show. Three characters are escaped, which Slack's markup would read.
 */
import type { ChannelOf } from '../../contract/channel.ts';
import { type Look, linksOf, type Whereabouts } from '../../contract/look.ts';
import type { News } from './news.ts';
import { wholeOf } from './news-id.ts';
import { JSON_TYPE, type Request } from './request.ts';
import { clip, factsOf, linesOf, lookAt, titleOf } from './words.ts';

const MAX_HEADER = 150;
const MAX_SECTION = 3000;
const COLOURS = { resolved: '#2eb67d', warning: '#ecb22e', critical: '#e01e5a' } as const;

export function toSlack(news: News, { url }: ChannelOf<'slack'>, whereabouts: Whereabouts): Request[] {
  const { status, told } = news;
  const title = titleOf(news);
  const facts = factsOf(news);
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: clip(title, MAX_HEADER) } },
    { type: 'section', text: { type: 'mrkdwn', text: section(linesOf(news).join('\n')) } },
    ...(facts.length > 0
      ? [
          {
            type: 'section',
            fields: facts.map(([label, value]) => ({
              type: 'mrkdwn',
              text: `*${label}*\n${escaped(value)}`,
            })),
          },
        ]
      : []),
    {
      type: 'section',
      text: { type: 'mrkdwn', text: clip(lookText(lookAt(news, whereabouts)), MAX_SECTION) },
    },
  ];
  const color = COLOURS[status === 'resolved' ? status : told[0].severity];
  const body = JSON.stringify({ text: escaped(title), attachments: [{ color, blocks }] });
  return [{ ...wholeOf(news), url, headers: JSON_TYPE, body }];
}

/** `<https://…|Page>`, and the command. */
const lookText = (look: Look) =>
  [`\`${escaped(look.command)}\``, ...linksOf(look).map(([label, url]) => `<${escaped(url)}|${label}>`)].join(
    '\n',
  );

/** What is cut within an escape would be shown as its pieces. */
const section = (text: string) => clip(escaped(text), MAX_SECTION).replace(/&[a-z]*…$/, '…');

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Channel, ChannelKind, ChannelOf } from '../../../services/contract/channel.ts';
import { channelSchema, isChannelUrl, wants } from '../../../services/contract/channel.ts';
import { toRequests } from '../../../services/notifier/format/format.ts';
import { filtered, parseNews } from '../../../services/notifier/format/news.ts';
import { alert, digest } from './support/alerts.ts';

const NOW = Date.UTC(2026, 0, 31, 9, 30, 20);
const URL = 'https://hooks.example.com/secret';
const CHANNELS: { [K in ChannelKind]: ChannelOf<K> } = {
  slack: { kind: 'slack', url: URL, filter: {} },
  teams: { kind: 'teams', url: URL, filter: {} },
  pagerduty: { kind: 'pagerduty', url: 'https://events.pagerduty.com/v2/enqueue', key: 'R0UT', filter: {} },
  opsgenie: { kind: 'opsgenie', url: 'https://api.opsgenie.com/v2/alerts', key: 'G3N1E', filter: {} },
  webhook: { kind: 'webhook', url: URL, key: 'whsec_c2VjcmV0IGtleQ==', filter: {} },
};
const HERE = {
  ...{ stack: 'Streamwatch', region: 'us-east-1', workGroup: 'team', dashboard: undefined },
  page: 'http://127.0.0.1:4566',
  localFlags: '--local',
};
const PAGE = 'http://127.0.0.1:4566/#/incidents/i-1';
const SHOW = 'npm run incidents -- show i-1 --local';
const news = (message: object) => parseNews(JSON.stringify(message));
const requests = (kind: ChannelKind, message: object) =>
  news(message).flatMap((one) => toRequests(one, CHANNELS[kind], HERE, NOW));
const bodies = (kind: ChannelKind, message: object) =>
  requests(kind, message).map(({ body }) => JSON.parse(body));

const resolved = alert({ status: 'resolved', at: '2026-01-31T09:45:00.000Z', summary: 'Well again' });
const same = { status: 'firing', rule: 'temperature-high' };
const others = [
  { ...same, incident_id: 'i-3', severity: 'warning', site_id: 'plant-2', device_id: 'pump-1' },
  { ...same, incident_id: 'i-4', severity: 'warning', site_id: 'plant-2', device_id: '*' },
];
const storm = digest([alert(), alert({ incident_id: 'i-2', device_id: 'pump-8' })], others);

describe('A text that is too long', () => {
  const clippedTo = (kind: ChannelKind, pattern: RegExp) => {
    for (const start of ['', 'x', 'xx', 'xxx', 'xxxx']) {
      const [{ body } = { body: '' }] = requests(kind, alert({ summary: start + '&\u{1f525}'.repeat(2000) }));
      expect(body).not.toMatch(/\\ud[89a-f]../);
      expect(body).toMatch(pattern);
    }
  };

  it('ends in a whole character, and in Slack in a whole escape', () => {
    clippedTo('slack', /(&amp;|\u{1f525})…"/u);
    clippedTo('pagerduty', /(&|\u{1f525})…"/u);
  });
});

describe('Slack', () => {
  it('gets one message, in the words of Block Kit, with its three characters escaped', () => {
    const [body] = bodies('slack', alert());
    expect(body).toEqual({
      text: 'FIRING critical: temperature-high - pump-7 at plant-1',
      attachments: [
        {
          color: '#e01e5a',
          blocks: [
            {
              type: 'header',
              text: { type: 'plain_text', text: 'FIRING critical: temperature-high - pump-7 at plant-1' },
            },
            {
              type: 'section',
              text: { type: 'mrkdwn', text: 'Too hot &amp; &lt;rising&gt;: 96.25 °C' },
            },
            {
              type: 'section',
              fields: [
                { type: 'mrkdwn', text: '*Since*\n2026-01-31 09:30:05 UTC' },
                { type: 'mrkdwn', text: '*Value*\n96.25 °C (&gt; 90)' },
                { type: 'mrkdwn', text: '*Peak*\n97.1 °C' },
                { type: 'mrkdwn', text: '*Incident*\ni-1' },
              ],
            },
            { type: 'section', text: { type: 'mrkdwn', text: `\`${SHOW}\`\n<${PAGE}|Page>` } },
          ],
        },
      ],
    });
  });

  it('gets a digest as one message too, and never more than its blocks hold', () => {
    const [body, ...more] = bodies('slack', storm);
    expect(more).toEqual([]);
    expect(body.text).toBe('FIRING critical: temperature-high - 4 incidents at 2 sites');
    expect(body.attachments[0].blocks[1].text.text.split('\n')).toHaveLength(4);
    const [long] = bodies('slack', alert({ rule: 'r'.repeat(200), summary: '&'.repeat(2000) }));
    expect(long.attachments[0].blocks[0].text.text.length).toBeLessThanOrEqual(150);
    expect(long.attachments[0].blocks[1].text.text.length).toBeLessThanOrEqual(3000);
  });
});

describe('Teams', () => {
  it('gets an adaptive card', () => {
    const [body] = bodies('teams', resolved);
    expect(body).toEqual({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            body: [
              {
                ...{ type: 'TextBlock', text: 'RESOLVED critical: temperature-high - pump-7 at plant-1' },
                ...{ wrap: true, weight: 'Bolder', size: 'Medium', color: 'Good' },
              },
              { type: 'TextBlock', text: 'Well again', wrap: true, spacing: 'Small' },
              {
                type: 'FactSet',
                facts: [
                  { title: 'Since', value: '2026-01-31 09:30:05 UTC' },
                  { title: 'Until', value: '2026-01-31 09:45:00 UTC' },
                  { title: 'Value', value: '96.25 °C (> 90)' },
                  { title: 'Peak', value: '97.1 °C' },
                  { title: 'Incident', value: 'i-1' },
                ],
              },
              { type: 'TextBlock', text: SHOW, wrap: true, spacing: 'Small', fontType: 'Monospace' },
            ],
            actions: [{ type: 'Action.OpenUrl', title: 'Page', url: PAGE }],
          },
        },
      ],
    });
  });
});

describe('PagerDuty', () => {
  it('gets a trigger and a resolve with the same dedup_key', () => {
    expect(bodies('pagerduty', alert())).toEqual([
      {
        routing_key: 'R0UT',
        event_action: 'trigger',
        dedup_key: 'i-1',
        client: 'Streamwatch',
        links: [{ href: PAGE, text: 'Page' }],
        payload: {
          summary: 'FIRING critical: temperature-high - pump-7 at plant-1: Too hot & <rising>: 96.25 °C',
          source: 'pump-7 at plant-1',
          severity: 'critical',
          timestamp: '2026-01-31T09:30:15.000Z',
          component: 'pump-7',
          group: 'plant-1',
          class: 'temperature-high',
          custom_details: { ...alert(), show: SHOW },
        },
      },
    ]);
    expect(bodies('pagerduty', resolved)).toEqual([
      { routing_key: 'R0UT', event_action: 'resolve', dedup_key: 'i-1' },
    ]);
  });

  it('gets every incident of a digest, also those that it has no room for', () => {
    const events = bodies('pagerduty', storm);
    expect(events.map(({ dedup_key }) => dedup_key)).toEqual(['i-1', 'i-2', 'i-3', 'i-4']);
    expect(events[3].payload).toMatchObject({ source: 'site plant-2', severity: 'warning' });
    expect(bodies('pagerduty', alert({ summary: 'x'.repeat(3000) }))[0].payload.summary).toHaveLength(1024);
  });
});

describe('Opsgenie', () => {
  it('gets an alert with the incident as its alias, and closes it by that', () => {
    const [open] = requests('opsgenie', alert());
    expect(open).toMatchObject({
      url: 'https://api.opsgenie.com/v2/alerts',
      headers: { authorization: 'GenieKey G3N1E' },
    });
    expect(JSON.parse(open?.body ?? '')).toMatchObject({
      message: 'FIRING critical: temperature-high - pump-7 at plant-1',
      ...{ alias: 'i-1', priority: 'P1', entity: 'pump-7 at plant-1', source: 'Streamwatch' },
      tags: ['temperature-high', 'plant-1', 'critical'],
      description: `Too hot & <rising>: 96.25 °C\n\n${SHOW}\nPage: ${PAGE}`,
      details: { value: '96.254', rule: 'temperature-high' },
    });
    const [close] = requests('opsgenie', resolved);
    expect(close?.url).toBe('https://api.opsgenie.com/v2/alerts/i-1/close?identifierType=alias');
    expect(JSON.parse(close?.body ?? '')).toEqual({ source: 'Streamwatch', note: 'Well again' });
  });
});

describe('a webhook', () => {
  it('gets everything as JSON, signed as Standard Webhooks says', () => {
    const [request] = requests('webhook', storm);
    const { headers = {}, body = '' } = request ?? {};
    expect(JSON.parse(body)).toEqual({
      title: 'FIRING critical: temperature-high - 4 incidents at 2 sites',
      ...{ status: 'firing', rule: 'temperature-high', count: 4 },
      alerts: [...storm.alerts, ...others.map(({ status: _, rule: __, ...ids }) => ids)],
      look: {
        command: 'npm run incidents -- --local',
        links: { page: 'http://127.0.0.1:4566/#/incidents' },
      },
    });
    const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const signature = createHmac('sha256', 'secret key').update(text).digest('base64');
    expect(headers).toMatchObject({
      'webhook-timestamp': String(NOW / 1000),
      'webhook-signature': `v1,${signature}`,
    });
    const [again] = news(storm).flatMap((one) => toRequests(one, CHANNELS.webhook, HERE, NOW + 60_000));
    expect(again?.headers['webhook-id']).toBe(headers['webhook-id']);
  });

  it('may do without a key', () => {
    const plain: Channel = { kind: 'webhook', url: URL, filter: {} };
    const [unsigned] = news(alert()).flatMap((one) => toRequests(one, plain, HERE, NOW));
    expect(Object.keys(unsigned?.headers ?? {})).not.toContain('webhook-signature');
  });
});

describe('old news, of several rules and statuses in one message', () => {
  it('is told by status and rule, and what is over already wakes nobody', () => {
    const message = digest([
      alert({ incident_id: 'open', rule: 'disk-full' }),
      alert({ incident_id: 'over' }),
      alert({ incident_id: 'over', status: 'escalated' }),
      alert({ incident_id: 'over', status: 'resolved' }),
    ]);
    expect(bodies('pagerduty', message).map((event) => `${event.event_action} ${event.dedup_key}`)).toEqual([
      'trigger open',
      'resolve over',
    ]);
    expect(bodies('slack', message).map(({ text }) => text)).toEqual([
      'FIRING critical: disk-full - pump-7 at plant-1',
      'RESOLVED critical: temperature-high - pump-7 at plant-1',
    ]);
  });
});

describe('a filter', () => {
  it('takes a severity and those above it, rules and sites by name or pattern', () => {
    const { severity, rule, site_id } = alert();
    const one = { severity, rule, site_id };
    expect(wants({}, one)).toBe(true);
    expect(wants({ severity: 'warning' }, one)).toBe(true);
    expect(wants({ severity: 'critical' }, { ...one, severity: 'warning' })).toBe(false);
    expect(wants({ rules: ['disk-full', 'temperature-*'] }, one)).toBe(true);
    expect(wants({ sites: ['plant-?'], rules: ['disk-*'] }, one)).toBe(false);
    expect(wants({ sites: ['plant.1'] }, one)).toBe(false);
  });

  it('leaves of a digest what the channel wants, and nothing where that is nothing', () => {
    const [whole] = news(storm);
    if (!whole) throw new Error('Expected news');
    const some = filtered(whole, { sites: ['plant-2'] });
    expect(some?.told.map(({ incident_id }) => incident_id)).toEqual(['i-3', 'i-4']);
    expect(filtered(whole, { sites: ['plant-9'] })).toBeUndefined();
  });
});

describe('a channel', () => {
  it('has a secure address, or one on this machine', () => {
    const good = [URL, 'http://127.0.0.1:4566/api/hook/demo', 'http://localhost/x', 'http://[::1]:1/'];
    const bad = ['http://example.com/x', 'http://127.0.0.1.example.com/', 'ftp://127.0.0.1/', 'https:', ''];
    expect([...good, ...bad].filter(isChannelUrl)).toEqual(good);
  });

  it('knows where PagerDuty and Opsgenie are', () => {
    expect(channelSchema.parse({ kind: 'pagerduty', key: 'k' })).toEqual({
      ...{ kind: 'pagerduty', key: 'k', url: CHANNELS.pagerduty.url, filter: {} },
    });
    expect(channelSchema.safeParse({ kind: 'pagerduty' }).success).toBe(false);
    expect(channelSchema.safeParse({ kind: 'fax', url: URL }).success).toBe(false);
  });
});

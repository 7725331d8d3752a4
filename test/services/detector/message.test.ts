import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../services/contract/alert.ts';
import { ALERT_STATUSES } from '../../../services/contract/alert.ts';
import { summaryOf } from '../../../services/detector/alert-words.ts';
import { compileRule } from '../../../services/detector/compile.ts';
import { groupAlerts } from '../../../services/detector/digest.ts';
import { MAX_MESSAGE_BYTES, type Message, toMessages } from '../../../services/detector/sns-message.ts';
import { anyText } from '../../support/any-text.ts';
import { POINTERS, rules, texts } from './support/harness.ts';

const RULES = new Map(
  rules(
    {
      name: 'hot',
      annotations: {
        summary: 'Temperature too high',
        description: 'Check the fan.',
        runbookUrl: 'https://example.com/hot',
      },
    },
    { name: 'bare' },
  ).map((rule) => [rule.name, compileRule(rule)]),
);

const alert = (changes: Partial<Alert> = {}): Alert => ({
  notification_id: 'n1',
  incident_id: 'i1',
  status: 'firing',
  severity: 'warning',
  rule: 'hot',
  kind: 'threshold',
  device_id: 'pump-1',
  site_id: 'site-a',
  metric: 'temperature',
  operator: '>',
  threshold: '80',
  value: 91.256,
  peak: 93.5,
  started_at: '2026-01-31T09:30:05.000Z',
  at: '2026-01-31T09:30:15.000Z',
  summary: 'Temperature too high on pump-1 (site-a): temperature 91.26 °C, threshold > 80 °C',
  timestamp_sent: '2026-01-31 09',
  ...changes,
});

const many = (n: number, changes: (i: number) => Partial<Alert> = () => ({})) =>
  Array.from({ length: n }, (_, i) =>
    alert({ notification_id: `n${i}`, device_id: `pump-${i}`, site_id: `site-${i % 3}`, ...changes(i) }),
  );

const plan = (alerts: Alert[]) =>
  groupAlerts(alerts, RULES).flatMap((group) => [...toMessages(group, RULES, POINTERS)]);
const only = (messages: Message[]): Message => {
  expect(messages).toHaveLength(1);
  return messages[0] as Message;
};
const textsOf = ({ body }: Message) => texts({ Message: body });

describe('one alert', () => {
  it('is easy to read', () => {
    const message = only(plan([alert()]));
    expect(message.subject).toBe('FIRING warning: hot - pump-1 (site-a)');
    expect(textsOf(message).email).toMatchInlineSnapshot(`
      "Temperature too high on pump-1 (site-a): temperature 91.26 °C, threshold > 80 °C

      Device     pump-1, site site-a
      Status     FIRING, warning
      Rule       hot
      Since      2026-01-31 09:30:05 UTC
      Value      temperature 91.26 °C, at 2026-01-31 09:30:15 UTC
      Threshold  > 80 °C
      Peak       93.5 °C

      Check the fan.

      Runbook: https://example.com/hot

      Show       npm run incidents -- show i1 --stack Streamwatch
      Athena     https://eu-central-1.console.aws.amazon.com/athena/home?region=eu-central-1#/query-editor
      Dashboard  https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/Streamwatch-eu-central-1
      Workgroup  team, with saved queries

      Its history, in Athena:

      SELECT device_id, "timestamp", temperature
      FROM "streamwatch"."readings"
      WHERE dt = '2026-01-31' AND hour BETWEEN '09' AND '10'
        AND site_id = 'site-a'
        AND device_id = 'pump-1'
        AND "timestamp" BETWEEN '2026-01-31T09:20:05.000Z' AND '2026-01-31T09:40:15.000Z'
      ORDER BY device_id, "timestamp"

      Incident i1, notification n1
      "
    `);
  });

  it.each([
    [
      {
        kind: 'stuck',
        operator: 'stuck',
        threshold: '2 min',
        normal: '40 s at most',
        value: 47.38,
        peak: 47.38,
      },
      'temperature stuck on pump-1 (site-a): 47.38 °C unchanged for 12 min; usually for 40 s at most',
      'Normal     the same value for 40 s at most',
    ],
    [
      { kind: 'noisy', operator: 'noisy', threshold: '2.4', normal: '0.3', value: 14, peak: 14 },
      'temperature noisy on pump-1 (site-a): mean step 14 °C; normally 0.3',
      'Normal     0.3 °C, at most 2.4',
    ],
    [
      { kind: 'silent', operator: 'silent', threshold: '5m', metric: null, value: 360, peak: 360 },
      'Device silent on pump-1 (site-a): silent for 6 min, its site speaks',
      'Last heard 2026-01-31 09:30:05 UTC',
    ],
  ] satisfies [Partial<Alert>, string, string][])(
    'of the kind %o says what is not normal',
    (changes, summary, line) => {
      const other = alert({ rule: 'bare', at: '2026-01-31T09:42:05.000Z', ...changes });
      expect(summaryOf(other, undefined)).toBe(summary);
      const text = textsOf(only(plan([{ ...other, summary: summaryOf(other, undefined) }]))).email;
      expect(text.split('\n')).toContain(line);
      expect(text).not.toMatch(/undefined|null/);
    },
  );

  it('about a whole site names no device, in the mail and in its query', () => {
    const site = alert({ kind: 'silent', operator: 'silent', threshold: '5m', metric: null, device_id: '*' });
    const message = only(plan([site]));
    expect(message.subject).toBe('FIRING warning: hot - site-a');
    expect(textsOf(message).email).toContain('Site       site-a');
    expect(textsOf(message).email).not.toContain("'*'");
  });

  it('that is over says how long it lasted', () => {
    const over = alert({ status: 'resolved', at: '2026-01-31T11:35:10.000Z', value: 50 });
    expect(textsOf(only(plan([over]))).email).toContain('Until      2026-01-31 11:35:10 UTC (2 h 5 min)');
  });

  it('of a rule that has been removed since is still sent', () => {
    expect(textsOf(only(plan([alert({ rule: 'gone' })]))).email).toContain('Rule       gone');
  });

  it('around midnight asks for the partitions of both days', () => {
    const late = alert({ started_at: '2026-01-31T23:55:00.000Z', at: '2026-01-31T23:55:00.000Z' });
    expect(textsOf(only(plan([late]))).email).toContain("WHERE dt BETWEEN '2026-01-31' AND '2026-02-01'");
  });

  it('carries the attributes that filter policies use', () => {
    expect(only(plan([alert()])).attributes).toEqual({
      status: { DataType: 'String', StringValue: 'firing' },
      rule: { DataType: 'String', StringValue: 'hot' },
      severity: { DataType: 'String', StringValue: 'warning' },
      site_id: { DataType: 'String', StringValue: 'site-a' },
    });
  });
});

describe('several alerts', () => {
  it('are sent one by one, up to a handful', () => {
    expect(plan(many(5)).map(({ alerts }) => alerts.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it('become one digest per rule and status if there are more', () => {
    const mixed = [
      ...many(4),
      ...many(3, (i) => ({ rule: 'bare', notification_id: `b${i}` })),
      ...many(2, (i) => ({ status: 'resolved', notification_id: `r${i}` })),
    ];
    expect(plan(mixed).map(({ subject }) => subject)).toEqual([
      'FIRING warning: hot - 4 devices, 3 sites',
      'FIRING warning: bare - 3 devices, 3 sites',
      'RESOLVED warning: hot - 2 devices, 2 sites',
    ]);
  });

  it('in a digest name the worst first, and count the others', () => {
    const digest = only(
      plan(many(30, (i) => (i === 29 ? { severity: 'critical', value: 99, peak: 99 } : {}))),
    );
    expect(digest.subject).toBe('FIRING critical: hot - 30 devices, 3 sites');
    expect(textsOf(digest).email).toMatchInlineSnapshot(`
      "Temperature too high: 30 devices firing at 3 sites

      Rule       hot
      Status     FIRING, 1 critical, 29 warning
      Since      2026-01-31 09:30:05 UTC
      Sites      site-2 (10), site-0 (10), site-1 (10)

      Check the fan.

      Runbook: https://example.com/hot

      Device                   Site             Severity   Value °C   Peak °C
      pump-29                  site-2           critical         99        99
      pump-0                   site-0           warning       91.26      93.5
      pump-1                   site-1           warning       91.26      93.5
      pump-2                   site-2           warning       91.26      93.5
      pump-3                   site-0           warning       91.26      93.5
      pump-4                   site-1           warning       91.26      93.5
      pump-5                   site-2           warning       91.26      93.5
      pump-6                   site-0           warning       91.26      93.5
      pump-7                   site-1           warning       91.26      93.5
      pump-8                   site-2           warning       91.26      93.5
      pump-9                   site-0           warning       91.26      93.5
      pump-10                  site-1           warning       91.26      93.5
      pump-11                  site-2           warning       91.26      93.5
      pump-12                  site-0           warning       91.26      93.5
      pump-13                  site-1           warning       91.26      93.5
      pump-14                  site-2           warning       91.26      93.5
      pump-15                  site-0           warning       91.26      93.5
      pump-16                  site-1           warning       91.26      93.5
      pump-17                  site-2           warning       91.26      93.5
      pump-18                  site-0           warning       91.26      93.5
      and 10 more

      Show       npm run incidents -- --stack Streamwatch
      Athena     https://eu-central-1.console.aws.amazon.com/athena/home?region=eu-central-1#/query-editor
      Dashboard  https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/Streamwatch-eu-central-1
      Workgroup  team, with saved queries

      History of the first 5 devices, in Athena:

      SELECT site_id, device_id, "timestamp", temperature
      FROM "streamwatch"."readings"
      WHERE dt = '2026-01-31' AND hour BETWEEN '09' AND '10'
        AND ((site_id = 'site-2' AND device_id IN ('pump-29', 'pump-2'))
          OR (site_id = 'site-0' AND device_id IN ('pump-0', 'pump-3'))
          OR (site_id = 'site-1' AND device_id = 'pump-1'))
        AND "timestamp" BETWEEN '2026-01-31T09:20:05.000Z' AND '2026-01-31T09:40:15.000Z'
      ORDER BY site_id, device_id, "timestamp"
      "
    `);
    expect(digest.attributes.severity).toEqual({
      DataType: 'String.Array',
      StringValue: '["critical","warning"]',
    });
    expect(digest.attributes.site_id).toEqual({
      DataType: 'String.Array',
      StringValue: '["site-2","site-0","site-1"]',
    });
  });

  it('tell programs exactly how many a digest leaves out', () => {
    const truncated = plan(many(2000)).map(({ body, alerts }) => {
      const json = JSON.parse(texts({ Message: body }).default) as {
        alerts: Alert[];
        count: number;
        truncated: number;
        others: Alert[];
      };
      expect(json.count).toBe(alerts.length);
      expect(json.alerts.length + json.truncated).toBe(json.count);
      const ids = [...json.alerts, ...json.others].map(({ incident_id }) => incident_id);
      expect(ids).toEqual(alerts.map(({ incident_id }) => incident_id));
      return json.truncated;
    });
    expect(Math.max(...truncated)).toBeGreaterThan(0);
  });

  it('reach the lake complete, in as many digests as are needed', () => {
    const messages = plan(many(2000));
    const rows = messages.flatMap((message) => textsOf(message).firehose.trimEnd().split('\n'));
    expect(rows.map((row) => (JSON.parse(row) as Alert).notification_id).toSorted()).toEqual(
      many(2000)
        .map(({ notification_id }) => notification_id)
        .toSorted(),
    );
    expect(messages.length).toBeLessThanOrEqual(9);
  });
});

describe('whatever the alerts say', () => {
  const wild = fc.oneof(
    anyText({ maxLength: 200 }),
    fc.constant('"'.repeat(200)),
    fc.constant('\u0001'.repeat(200)),
  );
  const alerts = fc
    .tuple(
      fc.integer({ min: 1, max: 600 }),
      wild,
      fc.stringMatching(/^[A-Za-z0-9._-]{64}$/),
      fc.constantFrom(...ALERT_STATUSES),
    )
    .map(([n, summary, name, status]) =>
      many(n, (i) => ({
        summary,
        status,
        site_id: `${name.slice(0, 58)}${i}`,
        device_id: `${name.slice(0, 58)}${i}`,
      })),
    );

  it('SNS accepts the message: its size, its subject, its texts', () => {
    fc.assert(
      fc.property(alerts, wild, (all, rule) => {
        for (const message of plan(all.map((one) => ({ ...one, rule })))) {
          const attributes = Object.entries(message.attributes).flatMap(([name, one]) => [
            name,
            one.DataType,
            one.StringValue,
          ]);
          const bytes = [message.body, ...attributes].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
          expect(bytes).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
          expect(message.subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{0,98}$/);
          for (const text of Object.values(textsOf(message))) expect(typeof text).toBe('string');
        }
      }),
      { numRuns: 25 },
    );
  });
});

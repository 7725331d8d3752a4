import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../services/contract/reading.ts';
import { batch, reading, record, recordsOf } from './support/batch.ts';
import { harness, published, rules, texts } from './support/harness.ts';

const HOT = { temperature: 91 };
const told = (aws: Parameters<typeof published>[0]) =>
  published(aws).map(({ status, device_id, at }) => `${status} ${device_id} ${at.slice(11, 19)}`);
const DONE = { batchItemFailures: [] };

describe('a batch', () => {
  it('with nothing wrong costs one Query per site, no write and no message', async () => {
    const { detector, aws, logs } = harness();
    const sites = [reading('10:00:00'), reading('10:00:01', { site_id: 'site-b' }), reading('10:00:02')];
    expect(await detector(batch([...recordsOf(sites), ...recordsOf(sites)]))).toEqual(DONE);
    expect(aws.calls).toEqual({ Query: 2, PutItem: 0, BatchExecuteStatement: 0, Publish: 0 });
    expect(logs).toEqual([]);
  });

  it('may be empty', async () => {
    expect(await harness().detector(batch([]))).toEqual(DONE);
  });

  it('sends an alert when an incident begins and when it ends', async () => {
    const { detector, aws } = harness();
    await detector(batch([record([reading('10:00:00'), reading('10:00:05', HOT)])]));
    expect(told(aws)).toEqual(['firing pump-1 10:00:05']);
    await detector(batch([record([reading('10:00:10', HOT)]), record([reading('10:00:15')])]));
    expect(told(aws)).toEqual(['firing pump-1 10:00:05', 'resolved pump-1 10:00:15']);
  });

  it('writes only what changed: a long incident costs as much as a short one', async () => {
    const { detector, aws } = harness();
    await detector(batch([record([reading('10:00:00', HOT)])]));
    const opened = { ...aws.calls };
    for (let minute = 10; minute < 60; minute += 1) {
      await detector(batch([record([reading(`10:${minute}:00`, HOT)])]));
    }
    expect(aws.calls).toEqual({ ...opened, Query: opened.Query + 50 });
  });

  it('ends an incident silently, if the rule says so', async () => {
    const { detector, aws, metric } = harness(rules({ sendResolved: false }));
    await detector(batch([record([reading('10:00:00', HOT), reading('10:00:05')])]));
    expect(told(aws)).toEqual(['firing pump-1 10:00:00']);
    expect(metric('IncidentsResolved')).toEqual([1]);
  });

  it('ignores devices that a rule does not select', async () => {
    const { detector, aws } = harness(rules({ selector: { devices: ['fan-*'] } }));
    await detector(
      batch([record([reading('10:00:00', HOT), reading('10:00:00', { ...HOT, device_id: 'fan-1' })])]),
    );
    expect(told(aws)).toEqual(['firing fan-1 10:00:00']);
    expect([...aws.items.keys()]).toEqual(['site-a/fan-1#hot']);
  });

  it('with skewed, late and malformed lines counts them, and evaluates the others', async () => {
    const { detector, aws, metric, logs } = harness();
    const wild = reading('23:00:00', HOT);
    await detector(batch([record([reading('10:00:00', HOT), reading('10:00:05')])]));
    await detector(
      batch([
        record([wild, reading('10:00:02', HOT)]),
        record('garbage'),
        record([reading('10:00:10', HOT)]),
      ]),
    );
    expect(told(aws)).toEqual([
      'firing pump-1 10:00:00',
      'resolved pump-1 10:00:05',
      'firing pump-1 10:00:10',
    ]);
    expect(metric('Readings')).toEqual([2, 3]);
    expect(metric('SkewedReadings')).toEqual([1]);
    expect(metric('LateReadings')).toEqual([1]);
    expect(metric('MalformedLines')).toEqual([1]);
    expect(metric('IncidentsOpened')).toEqual([1, 1]);
    expect(metric('BatchAge')).toEqual([]);
    expect(logs.filter(({ level }) => level === 'WARN')).toHaveLength(1);
  });

  it('is as old as its oldest record', async () => {
    const { detector, metric } = harness();
    const noon = Date.parse('2026-01-31T12:00:00.000Z');
    await detector(batch([record([reading('10:00:00')], noon - 2500), record([reading('10:00:01')], noon)]));
    expect(metric('BatchAge')).toEqual([2500]);
  });
});

describe('a storm', () => {
  const storm = (status: Partial<Reading>) =>
    Array.from({ length: 10 }, (_, r) =>
      recordsOf(
        Array.from({ length: 100 }, (_, i) =>
          reading('10:00:00', { device_id: `pump-${r * 100 + i}`, site_id: `site-${i % 4}`, ...status }),
        ),
      ),
    ).flat();

  it('of a thousand devices opens a thousand incidents, and reports them in a few messages', async () => {
    const { detector, aws, metric } = harness();
    expect(await detector(batch(storm(HOT)))).toEqual(DONE);
    expect(metric('IncidentsOpened')).toEqual([1000]);
    expect(aws.items.size).toBe(1000);
    const alerts = published(aws);
    expect(new Set(alerts.map(({ notification_id }) => notification_id)).size).toBe(1000);
    expect(alerts).toHaveLength(1000);
    expect(aws.published.length).toBeLessThan(8);
    for (const item of aws.items.values()) expect(item.outbox).toBeUndefined();
  });

  it('that comes again is reported once', async () => {
    const { detector, aws } = harness();
    const records = storm(HOT);
    await detector(batch(records));
    const { PutItem, Publish } = aws.calls;
    await detector(batch(records));
    expect(aws.calls).toMatchObject({ PutItem, Publish });
  });
});

describe('state items', () => {
  it('stay while an incident is open, and expire a day after it ended', async () => {
    const { detector, aws } = harness();
    const item = () => aws.items.get('site-a/pump-1#hot');
    await detector(batch([record([reading('10:00:00', HOT)])]));
    expect(item()).toMatchObject({ state: { S: 'firing' }, started_at: { S: '2026-01-31T10:00:00.000Z' } });
    expect(item()?.expires_at).toBeUndefined();
    await detector(batch([record([reading('10:00:05')])]));
    expect(item()).toMatchObject({ state: { S: 'normal' } });
    expect(Number(item()?.expires_at?.N)).toBe(Date.parse('2026-02-01T12:00:00.000Z') / 1000);
  });

  it('of a rule that waits live longer than its wait', async () => {
    const { detector, aws } = harness(rules({ for: '2d' }));
    await detector(batch([record([reading('10:00:00', HOT)])]));
    const item = aws.items.get('site-a/pump-1#hot');
    expect(Number(item?.expires_at?.N)).toBe(Date.parse('2026-02-03T12:00:00.000Z') / 1000);
  });

  it('that somebody else wrote are named in the log, and hold up nobody', async () => {
    const { detector, aws, logs } = harness();
    aws.items.set('site-a/x#hot', {
      site_id: { S: 'site-a' },
      device_rule: { S: 'x#hot' },
      state: { S: 'odd' },
    });
    const records = [record([reading('10:00:00', HOT)])];
    expect(await detector(batch(records))).toEqual({ batchItemFailures: [] });
    expect(told(aws)).toHaveLength(1);
    expect(JSON.stringify(logs)).toContain(
      'State item site-a x#hot: expected high_water_mark to be a string',
    );
  });

  it('of an earlier version are read: time alone decides what is late, as it did then', async () => {
    const { detector, aws, metric } = harness();
    const item = {
      site_id: { S: 'site-a' },
      device_rule: { S: 'pump-1#hot' },
      version: { N: '3' },
      state: { S: 'firing' },
      high_water_mark: { S: '2026-01-31T10:00:05.000Z' },
      folded_shard: { S: 'shardId-000000000000' },
      folded_sequence: { S: '1' },
      folded_arrival: { N: '1' },
      incident_id: { S: 'abc' },
      severity: { S: 'warning' },
      started_at: { S: '2026-01-31T10:00:00.000Z' },
      peak: { N: '85' },
    };
    aws.items.set('site-a/pump-1#hot', item);
    await detector(batch([record([reading('10:00:04')])]));
    expect([metric('LateReadings'), told(aws)]).toEqual([[1], []]);
    await detector(batch([record([reading('10:00:06')])]));
    expect(published(aws)).toMatchObject([{ status: 'resolved', incident_id: 'abc', peak: 85 }]);
  });
});

describe('the message of one incident', () => {
  it('is for a person, for a program, and for the lake', async () => {
    const { detector, aws } = harness();
    await detector(batch([record([reading('10:00:05', HOT)])]));
    const [input] = aws.published;
    expect(input).toMatchObject({
      TopicArn: 'arn:aws:sns:us-east-1:123456789012:alerts',
      MessageStructure: 'json',
      MessageAttributes: { status: { StringValue: 'firing' }, site_id: { StringValue: 'site-a' } },
    });
    const { email, default: json, firehose } = texts(input ?? {});
    expect(email).toContain('pump-1, site site-a');
    const { look, ...alert } = JSON.parse(json);
    expect(alert).toEqual(JSON.parse(firehose));
    expect(look.command).toBe(`npm run incidents -- show ${alert.incident_id} --stack Streamwatch`);
    expect(email).toContain(`Show       ${look.command}\nAthena     ${look.links.athena}\nDashboard  `);
  });

  it('says what else is open at the site, as far as its items were read anyway', async () => {
    const { detector, aws } = harness();
    const line = () => /^Also open +(.*)$/m.exec(texts(aws.published.at(-1) ?? {}).email)?.[1];
    await detector(batch([record([reading('10:00:05', HOT)])]));
    expect(line()).toBe('nothing else at site-a');
    await detector(batch([record([reading('10:00:05', { ...HOT, device_id: 'pump-2' })])]));
    expect(line()).toBe('1 more is open at site-a');
    await detector(batch([record([reading('10:00:05', { ...HOT, device_id: 'pump-3' })])]));
    expect(line()).toBe('2 more are open at site-a');
    await detector(batch([record([reading('10:00:10', { device_id: 'pump-3' })])]));
    expect([aws.published.length, line()]).toEqual([4, '2 more are open at site-a']);
  });
});

import { describe, expect, it } from 'vitest';
import { device, EVIL, empty, get, incident, mail, shown, useConsole } from './harness.ts';

useConsole();

describe('the first page', () => {
  it('shows the flow, open incidents first, the fleet, files and resources', async () => {
    shown.snapshot = async () => ({
      ...empty,
      counts: {
        readings: 12345,
        malformed: 3,
        invocations: 40,
        failedInvocations: 2,
        inLake: 12000,
        mails: 1,
      },
      fleet: { total: 900, devices: [device('device-1'), device('device-2')] },
      incidents: [{ ...incident, state: 'recovering', device_id: 'device-1' }, incident],
      files: [
        {
          bucket: 'lake',
          key: 'readings/a.parquet',
          bytes: 1_400_000,
          rows: 500,
          kind: 'data',
          at: incident.since,
        },
      ],
      notices: [{ level: 'warning', text: 'too many mails', at: incident.since }],
    });
    const { status, headers, body } = await get('/');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    for (const text of [
      '12,345',
      '2 failed',
      '1 firing',
      '900 devices, 2 shown',
      '21.5 °C',
      '91.5 °C',
      '1.4 MB',
    ]) {
      expect(body).toContain(text);
    }
    expect(body).toContain('lake/readings/a.parquet');
    expect(body).toContain('too many mails');
    expect(body).toContain('AWS::Kinesis::Stream');
    expect(body).toContain('title="2026-01-31T09:29:40.000Z">30 s ago</time>');
    expect(body.indexOf('>firing<')).toBeLessThan(body.indexOf('>recovering<'));
  });

  it('says what to do where there is nothing yet', async () => {
    const { body } = await get('/');
    expect(body).toContain('nothing is firing');
    expect(body).toContain('npm run simulate -- --local --dir &lt;state&gt;');
    expect(body).toContain('None yet');
    expect(body).toContain('aws --endpoint-url http://127.0.0.1:4566');
  });

  it('shows devices in trouble even where the fleet is cut short', async () => {
    const devices = Array.from({ length: 300 }, (_, i) => device(`device-${String(i).padStart(3, '0')}`));
    shown.snapshot = async () => ({
      ...empty,
      fleet: { total: 300, devices },
      incidents: [{ ...incident, device_id: 'device-299' }],
    });
    const { body } = await get('/');
    expect(body).toContain('300 devices, 200 shown');
    const table = body.slice(body.indexOf('id="fleet"'));
    expect(table).toContain('device-299');
    expect(table).not.toContain('device-298');
  });

  it('answers a failing snapshot with its reason and no stack trace', async () => {
    shown.snapshot = async () => {
      throw new Error('state table is gone');
    };
    const htmlAnswer = await get('/');
    expect(htmlAnswer.status).toBe(500);
    expect(htmlAnswer.body).toContain('state table is gone');
    expect(htmlAnswer.body).not.toContain('.ts:');
    const apiAnswer = await get('/api/status');
    expect([apiAnswer.status, JSON.parse(apiAnswer.body)]).toEqual([500, { message: 'state table is gone' }]);
  });
});

describe('what came from a device or a mail', () => {
  it('is escaped on every page', async () => {
    shown.snapshot = async () => ({
      ...empty,
      fleet: { total: 1, devices: [{ ...device(EVIL), site_id: EVIL, timestamp: EVIL }] },
      incidents: [{ ...incident, device_id: EVIL, rule: EVIL, threshold: EVIL, since: EVIL, severity: EVIL }],
      files: [{ bucket: EVIL, key: EVIL, bytes: 1, rows: 1, kind: 'error', at: EVIL }],
      notices: [{ level: 'error', text: EVIL, at: EVIL }],
      resources: [{ logicalId: EVIL, type: EVIL, mode: 'local' }],
    });
    shown.mails = [
      {
        ...mail,
        subject: EVIL,
        to: EVIL,
        from: EVIL,
        text: `${EVIL} javascript:alert(1) http://x/"onclick="y`,
      },
    ];
    for (const path of ['/', '/inbox', `/inbox/${mail.id}`]) {
      const { status, body } = await get(path);
      expect(status).toBe(200);
      expect(body).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;');
      expect(body).not.toContain('<img');
      expect(body).not.toContain('"onclick=');
      expect(body).not.toContain('href="javascript');
    }
  });

  it('may load and run nothing but the page’s own files', async () => {
    const { headers, body } = await get('/');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    const sources = [...body.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(sources.filter((source) => !/^[/#]/.test(source))).toEqual([]);
    expect(body).not.toMatch(/<style|style=|<script>|\son\w+=/);
    for (const source of new Set(sources.filter((one) => one.startsWith('/')))) {
      expect([source, (await get(source)).status]).toEqual([source, 200]);
    }
  });
});

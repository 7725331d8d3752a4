import { createServer, request as httpRequest, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createConsole } from '../../../../infra/local/console/console.ts';
import type { ConsoleSnapshot } from '../../../../infra/local/console/snapshot.ts';
import type { Alert } from '../../../../services/contract/alert.ts';

const NOW = Date.parse('2026-01-31T09:30:10.000Z');
const EVIL = '<img src=x onerror="alert(1)">';
const ARN = 'arn:aws:sns:us-east-1:000000000000:Alerts:1';

const device = (device_id: string) => ({
  device_id,
  site_id: 'site-1',
  timestamp: '2026-01-31T09:30:05.000Z',
  temperature: 21.46,
  cpu: 10,
  ram: 20,
  hd: 30,
});
const empty: ConsoleSnapshot = {
  version: '0.1.0',
  endpoint: 'http://127.0.0.1:4566',
  startedAt: '2026-01-31T09:29:00.000Z',
  counts: { readings: 0, malformed: 0, invocations: 0, failedInvocations: 0, inLake: 0, mails: 0 },
  fleet: { total: 0, devices: [] },
  incidents: [],
  files: [],
  notices: [],
  resources: [{ logicalId: 'Readings', type: 'AWS::Kinesis::Stream', mode: 'local' }],
};
const incident = {
  site_id: 'site-1',
  device_id: 'device-2',
  rule: 'overheating',
  state: 'firing',
  severity: 'critical',
  metric: 'temperature',
  peak: 91.5,
  threshold: '85',
  since: '2026-01-31T09:29:40.000Z',
};
const mail = {
  id: '20260131T093000123Z-000001',
  to: 'me@example.com',
  from: 'no-reply@sns.amazonaws.com',
  subject: 'Hot',
  text: 'It is hot.\nhttp://127.0.0.1:4566/unsubscribe.html?SubscriptionArn=a&Endpoint=b',
  receivedAt: '2026-01-31T09:30:00.123Z',
};

let snapshot: () => Promise<ConsoleSnapshot>;
let mails: (typeof mail)[];
let subscribed: boolean;
let server: Server;
let port: number;

beforeAll(async () => {
  const handle = createConsole({
    snapshot: () => snapshot(),
    mailbox: {
      list: async (limit = 1000, offset = 0) => mails.slice(offset, offset + limit),
      get: async (id) => mails.find((one) => one.id === id),
      size: () => mails.length,
    },
    alerts: () => [{ notification_id: 'n1' } as Alert],
    sns: {
      subscription: (arn) =>
        subscribed && arn === ARN ? { topicArn: 'topic', endpoint: 'me@example.com' } : undefined,
      unsubscribe: (arn) => {
        const had = subscribed && arn === ARN;
        if (had) subscribed = false;
        return had;
      },
    },
    flags: '--local --dir <state>',
    now: () => NOW,
  });
  server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404).end('not the console');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as { port: number }).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  snapshot = async () => empty;
  mails = [mail];
  subscribed = true;
});

interface Got {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** fetch would not let a test choose Host and Origin. */
function get(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  return new Promise<Got>((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

describe('the first page', () => {
  it('shows the flow, open incidents first, the fleet, files and resources', async () => {
    snapshot = async () => ({
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
    snapshot = async () => ({
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
    snapshot = async () => {
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
    snapshot = async () => ({
      ...empty,
      fleet: { total: 1, devices: [{ ...device(EVIL), site_id: EVIL, timestamp: EVIL }] },
      incidents: [{ ...incident, device_id: EVIL, rule: EVIL, threshold: EVIL, since: EVIL, severity: EVIL }],
      files: [{ bucket: EVIL, key: EVIL, bytes: 1, rows: 1, kind: 'error', at: EVIL }],
      notices: [{ level: 'error', text: EVIL, at: EVIL }],
      resources: [{ logicalId: EVIL, type: EVIL, mode: 'local' }],
    });
    mails = [
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

describe('the inbox', () => {
  it('lists mails and links to each', async () => {
    const { body } = await get('/inbox');
    expect(body).toContain(`href="/inbox/${mail.id}"`);
    expect(body).toContain('1 mail<');
    const one = await get(`/inbox/${mail.id}`);
    expect(one.body).toContain('It is hot.');
    expect(one.body).toContain(
      '<a href="http://127.0.0.1:4566/unsubscribe.html?SubscriptionArn=a&amp;Endpoint=b" rel="noopener noreferrer">',
    );
    expect((await get('/inbox/none')).status).toBe(404);
  });

  it('pages through many', async () => {
    mails = Array.from({ length: 150 }, (_, i) => ({ ...mail, id: `id-${i}` }));
    const first = await get('/inbox');
    expect(first.body).toContain('href="/inbox?offset=100"');
    expect(first.body).not.toContain('Newer');
    const second = await get('/inbox?offset=100');
    expect(second.body.match(/href="\/inbox\/id-/g)).toHaveLength(50);
    expect(second.body).toContain('href="/inbox?offset=0">Newer');
    expect((await get('/inbox?offset=nonsense')).status).toBe(200);
  });

  it('tells a new user how to get mail', async () => {
    mails = [];
    expect((await get('/inbox')).body).toContain('npm run subscribe -- you@example.com');
  });
});

describe('the JSON API', () => {
  it('returns mails, alerts and the snapshot', async () => {
    const inbox = await get('/api/inbox');
    expect(inbox.headers['content-type']).toBe('application/json');
    expect(JSON.parse(inbox.body)).toEqual([mail]);
    expect(JSON.parse((await get('/api/alerts')).body)).toEqual([{ notification_id: 'n1' }]);
    expect(JSON.parse((await get('/api/status')).body)).toEqual(empty);
  });

  it('answers HEAD without a body and other methods with 405', async () => {
    const head = await get('/api/inbox', { method: 'HEAD' });
    expect([head.status, head.body]).toEqual([200, '']);
    const put = await get('/api/inbox', { method: 'PUT' });
    expect([put.status, put.headers.allow]).toEqual([405, 'GET']);
  });

  it('leaves to others what is not its own', async () => {
    for (const [path, method] of [
      ['/', 'POST'],
      ['/?Action=ListTopics', 'GET'],
      ['/bucket/key', 'GET'],
      ['/constructor', 'GET'],
    ] as const) {
      expect((await get(path, { method })).body).toBe('not the console');
    }
  });
});

describe('unsubscribing by the link of a mail', () => {
  const path = `/unsubscribe.html?${new URLSearchParams({ SubscriptionArn: ARN })}`;
  const post = (headers: Record<string, string>) =>
    get('/unsubscribe.html', {
      method: 'POST',
      body: new URLSearchParams({ SubscriptionArn: ARN }).toString(),
      headers,
    });

  it('asks first, and acts when asked to', async () => {
    const { body } = await get(path);
    expect(body).toContain('me@example.com');
    expect(body).toContain(`value="${ARN}"`);
    expect(subscribed).toBe(true);
    expect((await post({ origin: `http://127.0.0.1:${port}` })).body).toContain('Unsubscribed');
    expect(subscribed).toBe(false);
    expect((await get(path)).status).toBe(404);
    expect((await post({})).status).toBe(404);
  });

  it('is refused to a foreign page, and for a form without end', async () => {
    expect((await post({ origin: 'http://evil.example' })).status).toBe(403);
    expect(subscribed).toBe(true);
    const large = await get('/unsubscribe.html', { method: 'POST', body: 'x'.repeat(5000) });
    expect(large.status).toBe(500);
    expect(large.body).toContain('at most 4096 bytes');
  });
});

describe('a foreign page', () => {
  it.each(['/', '/inbox', '/api/inbox', '/api/alerts', '/api/status', '/console.css', '/inbox/x'])(
    'gets nothing of %s',
    async (path) => {
      expect((await get(path, { headers: { host: 'evil.example' } })).status).toBe(403);
      const answer = await get(path, { headers: { origin: 'https://evil.example' } });
      expect([answer.status, answer.body]).toEqual([403, expect.stringContaining('https://evil.example')]);
    },
  );
});

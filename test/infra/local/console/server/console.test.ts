import { describe, expect, it } from 'vitest';
import { ARN, EVIL, get, mail, shown, useConsole } from './support/harness.ts';

useConsole();

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

  it('splits many mails into pages', async () => {
    shown.mails = Array.from({ length: 150 }, (_, i) => ({ ...mail, id: `id-${i}` }));
    const first = await get('/inbox');
    expect(first.body).toContain('href="/inbox?offset=100"');
    expect(first.body).not.toContain('Newer');
    const second = await get('/inbox?offset=100');
    expect(second.body.match(/href="\/inbox\/id-/g)).toHaveLength(50);
    expect(second.body).toContain('href="/inbox?offset=0">Newer');
    expect((await get('/inbox?offset=nonsense')).status).toBe(200);
  });

  it('tells a new user how to get mail', async () => {
    shown.mails = [];
    expect((await get('/inbox')).body).toContain('npm run subscribe -- you@example.com');
  });
});

describe('the JSON API', () => {
  it('returns mails, alerts and all parts of the page', async () => {
    const inbox = await get('/api/inbox');
    expect(inbox.headers['content-type']).toBe('application/json');
    expect(JSON.parse(inbox.body)).toEqual([mail]);
    expect(JSON.parse((await get('/api/alerts')).body)).toEqual([{ notification_id: 'n1' }]);
    shown.parts = async () => ({ counts: { mails: 1 } });
    expect(JSON.parse((await get('/api/status')).body)).toEqual({ counts: { mails: 1 } });
    expect(JSON.parse((await get(`/api/mail?id=${mail.id}`)).body)).toEqual(mail);
    expect((await get('/api/mail?id=none')).status).toBe(404);
  });

  it('gives reasons without a stack trace', async () => {
    shown.parts = async () => {
      throw new Error('state table is gone');
    };
    const { status, body } = await get('/api/status');
    expect([status, JSON.parse(body)]).toEqual([500, { message: 'state table is gone' }]);
  });

  it('answers HEAD without a body and other methods with 405', async () => {
    const head = await get('/api/inbox', { method: 'HEAD' });
    expect([head.status, head.body]).toEqual([200, '']);
    const put = await get('/api/inbox', { method: 'PUT' });
    expect([put.status, put.headers.allow]).toEqual([405, 'GET']);
  });

  it('leaves other paths to others', async () => {
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

describe('unsubscribing with the link in a mail', () => {
  const path = `/unsubscribe.html?${new URLSearchParams({ SubscriptionArn: ARN })}`;
  const post = (headers: Record<string, string>) =>
    get('/unsubscribe.html', {
      method: 'POST',
      body: new URLSearchParams({ SubscriptionArn: ARN }).toString(),
      headers,
    });

  it('asks first, and acts on confirmation', async () => {
    const { body } = await get(path);
    expect(body).toContain('me@example.com');
    expect(body).toContain(`value="${ARN}"`);
    expect(shown.subscribed).toBe(true);
    expect((await post({ origin: `http://127.0.0.1:${shown.port}` })).body).toContain('Unsubscribed');
    expect(shown.subscribed).toBe(false);
    expect((await get(path)).status).toBe(404);
    expect((await post({})).status).toBe(404);
  });

  it('is refused to a foreign page, and for an oversized form', async () => {
    expect((await post({ origin: 'http://evil.example' })).status).toBe(403);
    expect(shown.subscribed).toBe(true);
    const large = await get('/unsubscribe.html', { method: 'POST', body: 'x'.repeat(5000) });
    expect(large.status).toBe(413);
    expect(large.body).toContain('at most 4096 bytes');
  });
});

describe('a foreign page', () => {
  it.each([
    ...['/', '/inbox', '/inbox/x', '/assets/main.js', '/api/inbox', '/api/alerts', '/api/status'],
    ...[
      '/api/events',
      '/api/history',
      '/api/lake',
      '/api/queries',
      '/api/mail',
      '/api/query',
      '/api/fleet',
      '/api/edge',
    ],
  ])('gets nothing of %s', async (path) => {
    expect((await get(path, { headers: { host: 'evil.example' } })).status).toBe(403);
    const answer = await get(path, { headers: { origin: 'https://evil.example' } });
    expect([answer.status, answer.body]).toEqual([403, expect.stringContaining('https://evil.example')]);
  });
});

describe('the page', () => {
  it('serves its own files and uPlot, and allows nothing else', async () => {
    const { status, headers, body } = await get('/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    const files = [...body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(files.length).toBeGreaterThan(4);
    let bytes = body.length;
    const modules = new Set(['main.js']);
    for (const name of modules) {
      const { body: text } = await get(`/assets/${name}`);
      for (const [, other = ''] of text.matchAll(/from '\.\/([^']+)'/g)) modules.add(other);
    }
    for (const path of new Set([...files, ...[...modules].map((name) => `/assets/${name}`)])) {
      const file = await get(path);
      expect([path, file.status]).toEqual([path, 200]);
      bytes += Buffer.byteLength(file.body);
    }
    // Eleven pages in plain text, of which a browser asks for every file once; uPlot is 53 kB of it, and the editor of
    // rules 35.
    expect(bytes).toBeLessThan(380_000);
    expect((await get('/assets/../console.ts')).body).toBe('not the console');
  });
});

describe('the stream of events', () => {
  it('sends everything once, then only what has changed', async () => {
    let n = 0;
    shown.parts = async () => ({ same: 'x', count: ++n });
    const abort = new AbortController();
    const response = await fetch(`http://127.0.0.1:${shown.port}/api/events`, { signal: abort.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      if ((text.match(/data:/g) ?? []).length >= 3) break;
    }
    abort.abort();
    const [first, second] = [...text.matchAll(/data: (.*)\n/g)].map(([, json]) => JSON.parse(json ?? ''));
    expect(first).toEqual({ same: 'x', count: expect.any(Number) });
    expect(second).toEqual({ count: first.count + 1, tick: 1 });
  });
});

describe('commands to the fleet', () => {
  const post = (body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    get('/api/fleet', { method: 'POST', body: JSON.stringify(body), headers });

  it('are passed on when they are well-formed', async () => {
    expect((await post({ type: 'pause' })).status).toBe(200);
    const inject = { type: 'inject', device_id: 'dev-1', kind: 'spike', metric: 'cpu', seconds: 5 };
    expect((await post(inject)).status).toBe(200);
    expect(shown.told).toEqual([{ type: 'pause' }, inject]);
    expect((await post({ ...inject, kind: 'fire' })).status).toBe(400);
    expect(shown.told).toHaveLength(2);
  });

  it('say why they were not done', async () => {
    const inject = { type: 'inject', device_id: 'nobody', kind: 'spike', metric: 'cpu', seconds: 5 };
    const refused = await post(inject);
    expect([refused.status, JSON.parse(refused.body)]).toEqual([409, { message: 'No such device' }]);
    shown.hasFleet = false;
    expect((await post({ type: 'pause' })).body).toContain('npm start');
  });

  it('need a content type that no foreign form can send, and a limited size', async () => {
    expect((await post({ type: 'pause' }, { 'content-type': 'text/plain' })).status).toBe(415);
    const padded = { type: 'pause', x: 'x'.repeat(5000) };
    expect((await post(padded)).status).toBe(413);
    expect(shown.told).toEqual([]);
  });
});

describe('the line of a site', () => {
  const post = (body: unknown) =>
    get('/api/edge', {
      ...{ method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
    });

  it('is cut on demand', async () => {
    const done = await post({ site: 'plant-1', line: 'cut' });
    expect([done.status, JSON.parse(done.body)]).toEqual([200, { done: 'cut' }]);
    expect((await post({ site: 'plant-1', line: 'gone' })).status).toBe(400);
  });

  it('that is not there is refused with the reason', async () => {
    const refused = await post({ site: 'plant-9', line: 'cut' });
    expect([refused.status, JSON.parse(refused.body)]).toEqual([
      409,
      { message: 'There is no site plant-9 here.' },
    ]);
    shown.hasFleet = false;
    expect((await post({ site: 'plant-1', line: 'cut' })).body).toContain('npm start -- --edge');
  });
});

describe('a query', () => {
  it('that fails is answered with the reason', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ sql: 'SELECT 1' });
    const answer = await get('/api/query', { method: 'POST', headers, body });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      200,
      { state: 'FAILED', reason: 'TABLE_NOT_FOUND: no such table', rows: [] },
    ]);
  });
});

describe('the content of a mail', () => {
  it('is escaped on the pages without scripts', async () => {
    shown.mails = [{ ...mail, subject: EVIL, text: EVIL, to: EVIL, from: EVIL }];
    for (const path of ['/inbox', `/inbox/${mail.id}`]) {
      const { body } = await get(path);
      expect(body).toContain('&lt;img src=x');
      expect(body).not.toContain('<img src=x');
    }
  });
});

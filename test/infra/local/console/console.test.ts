import { describe, expect, it } from 'vitest';
import { ARN, empty, get, mail, shown, useConsole } from './harness.ts';

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

  it('pages through many', async () => {
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
    expect(shown.subscribed).toBe(true);
    expect((await post({ origin: `http://127.0.0.1:${shown.port}` })).body).toContain('Unsubscribed');
    expect(shown.subscribed).toBe(false);
    expect((await get(path)).status).toBe(404);
    expect((await post({})).status).toBe(404);
  });

  it('is refused to a foreign page, and for a form without end', async () => {
    expect((await post({ origin: 'http://evil.example' })).status).toBe(403);
    expect(shown.subscribed).toBe(true);
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

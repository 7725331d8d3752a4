import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFaults } from '../../../infra/emulator/faults/faults.ts';
import { createControl } from '../../../infra/local/control.ts';

const faults = createFaults();
const control = createControl(faults);
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((incoming, response) => {
    if (!control(incoming, response)) response.end('not mine');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/control/faults`;
});
beforeEach(() => faults.clear());
afterAll(() => server.close());

const post = (body: unknown, headers = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('the control API', () => {
  it('sets a named fault for a time, lists it, and clears it', async () => {
    const response = await post({ preset: 'sns-down', duration: '30s' });
    expect(response.status).toBe(201);
    const fault = (await response.json()) as { id: string };
    expect(fault).toMatchObject({ title: 'SNS down', on: 'sns.*', duration: 30_000, hits: 0 });
    const listed = (await (await fetch(url)).json()) as Record<'active' | 'presets', { name: string }[]>;
    const { active, presets } = listed;
    expect(active).toMatchObject([{ id: fault.id, until: expect.stringMatching(/Z$/) }]);
    expect(presets.map(({ name }) => name)).toContain('dynamodb-throttled');
    expect(await (await fetch(`${url}/${fault.id}`, { method: 'DELETE' })).json()).toEqual({ cleared: 1 });
    expect(await (await fetch(url)).json()).toMatchObject({ active: [] });
  });

  it('takes a fault described in full', async () => {
    await post({ on: 'dynamodb.PutItem', kind: 'crash', after: true, skip: 1, times: 1 });
    expect(faults.list()).toMatchObject([{ on: 'dynamodb.PutItem', kind: 'crash', skip: 1, times: 1 }]);
  });

  it.each([
    [{ preset: 'sns-up' }, 400, 'sns-down'],
    [{ preset: 'sns-down', share: 1 }, 400, 'share'],
    [{ on: 'sns.Publish' }, 400, 'kind'],
    [{ on: 'sns.Publish', kind: 'throttle', duration: 'long' }, 400, 'duration such as'],
    ['{', 400, 'JSON'],
    [`{"on":"${'x'.repeat(5000)}"}`, 413, '4096'],
  ])('refuses %j with the reason', async (body, status, reason) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining(reason) });
    expect(faults.list()).toEqual([]);
  });

  it('refuses other pages, other methods, other types and unknown faults', async () => {
    expect((await post({ preset: 'sns-down' }, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await post({ preset: 'sns-down' }, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await fetch(url, { method: 'PUT' })).status).toBe(405);
    expect((await fetch(`${url}/nobody`, { method: 'DELETE' })).status).toBe(404);
    expect((await fetch(url.replace('/faults', '/melt'))).status).toBe(404);
    const rebound = await new Promise<number | undefined>((resolve) => {
      const headers = { host: 'evil.example' };
      request(url, { headers }, (response) => resolve(response.statusCode)).end();
    });
    expect(rebound).toBe(403);
    expect(faults.list()).toEqual([]);
  });

  it('leaves other paths alone', async () => {
    expect(await (await fetch(url.replace('/control/faults', '/status'))).text()).toBe('not mine');
  });
});

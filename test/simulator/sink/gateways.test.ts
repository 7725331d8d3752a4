import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layOutNamedSites } from '../../../simulator/identity.ts';
import { findGateways, postReadings } from '../../../simulator/sink/gateways.ts';

describe('sites that have names', () => {
  it('share the devices, in order', () => {
    const sites = layOutNamedSites(5, ['a', 'b']);
    expect(sites.map(({ siteId, firstDevice, devices }) => [siteId, firstDevice, devices])).toEqual([
      ['a', 0, 3],
      ['b', 3, 2],
    ]);
    expect(layOutNamedSites(1, ['a', 'b'])).toHaveLength(1);
  });
});

describe('gateways as the target', () => {
  let answer = { status: 204, body: '' };
  const posted: string[] = [];
  const server = createServer(async (request, response) => {
    if (request.url === '/status') return response.end(JSON.stringify({ site: 'plant-1' }));
    let body = '';
    for await (const chunk of request) body += chunk;
    posted.push(`${request.method} ${request.url} ${body}`);
    return response.writeHead(answer.status).end(answer.body);
  });
  let url = '';
  const entry = { partitionKey: 'plant-1', data: Buffer.from('{"seq":1}\n{"seq":2}') };
  const outcomeOf = async (status: number, body = '') => {
    answer = { status, body };
    const [result] = await postReadings([{ site: 'plant-1', url }])([entry]);
    return result;
  };

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('are asked for their sites', async () => {
    expect(await findGateways([url])).toEqual([{ site: 'plant-1', url }]);
    await expect(findGateways([url, url])).rejects.toThrow('is a second gateway of plant-1');
    await expect(findGateways(['http://127.0.0.1:1'])).rejects.toThrow('No gateway answers at');
  });

  it('get a record as one request, which is acknowledged when it is on their disk', async () => {
    expect(await outcomeOf(204)).toMatchObject({ outcome: 'acked' });
    expect(posted.at(-1)).toBe('POST /readings {"seq":1}\n{"seq":2}');
  });

  it('get it again where they did not store it, and not where they stored the rest', async () => {
    expect(await outcomeOf(400, '{"error":"Line 2","stored":1}')).toMatchObject({ outcome: 'acked' });
    expect(await outcomeOf(507, '{"error":"used up"}')).toMatchObject({ outcome: 'throttled' });
    expect(await outcomeOf(500, 'what?')).toMatchObject({ outcome: 'error' });
    const refused = await outcomeOf(401, '{"error":"Expected a password"}');
    expect(refused).toEqual({
      ...{ outcome: 'fatal', reason: 'The gateway of plant-1 answers 401: Expected a password' },
    });
  });

  it('that do not answer leave the others alone', async () => {
    const put = postReadings([
      { site: 'plant-1', url },
      { site: 'plant-2', url: 'http://127.0.0.1:1' },
    ]);
    answer = { status: 204, body: '' };
    const results = await put([entry, { ...entry, partitionKey: 'plant-2' }]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['acked', 'error']);
  });
});

/** `--edge` as a session runs it: enrolled by the command, a gateway as a process, a line that is cut. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type RunningEdge, startEdge } from '../../../../infra/local/edge/edge.ts';
import { formatTimestamp } from '../../../../services/contract/reading.ts';
import { openSession } from '../../support/local-session.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };
let session: Awaited<ReturnType<typeof openSession>>;
let edge: RunningEdge;
const notices: string[] = [];

beforeAll(async () => {
  // Asked of AWS by an engineer's profile, say: the gateways of a session have it from here.
  vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
  session = await openSession();
  edge = await startEdge({
    ...{ project: resolve(import.meta.dirname, '../../../..'), stateDir: session.dir },
    endpoint: session.runtime.endpoint,
    credentialsEndpoint: session.runtime.credentialsEndpoint,
    notice: (text) => notices.push(text),
  });
});
afterAll(async () => {
  edge?.kill();
  await session?.close();
  vi.unstubAllEnvs();
});

const post = async (url: string, seq: number) => {
  const reading = { device_id: 'd1', seq, temperature: 20, timestamp: formatTimestamp(Date.now()) };
  const body = JSON.stringify(reading);
  return (await fetch(`${url}/readings`, { method: 'POST', body })).status;
};
const received = () => session.runtime.counts().delivery.received;

it('what a site sends while its line is cut waits at its gateway, and the other site goes on', async () => {
  const [first = '', second = ''] = edge.urls;
  expect(await post(first, 0)).toBe(204);
  await vi.waitFor(() => expect(received()).toBe(1), PATIENCE);
  expect(edge.setLine('plant-1', true)).toBeUndefined();
  expect(await Promise.all([post(first, 1), post(second, 0)])).toEqual([204, 204]);
  await vi.waitFor(async () => {
    expect(received()).toBe(2);
    expect(await edge.state()).toMatchObject([
      { site: 'plant-1', isLineCut: true, waiting: 1, problem: expect.any(String) },
      { site: 'plant-2', isLineCut: false, waiting: 0, problem: undefined },
    ]);
  }, PATIENCE);
  expect(edge.setLine('plant-1', false)).toBeUndefined();
  await vi.waitFor(() => expect(received()).toBe(3), PATIENCE);
  expect(edge.setLine('nowhere', true)).toContain('There is no site nowhere here.');
});

it('what waits at the end is in the account', async () => {
  edge.setLine('plant-2', true);
  expect(await post(edge.urls[1] ?? '', 1)).toBe(204);
  expect(await edge.stop()).toBe(1);
  expect(notices).toEqual([]);
});

/**
 * One stack, running here, and the two pages that show it: that of `npm start`, and that of `npm run page`, with the
 * credentials of somebody on call.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, vi } from 'vitest';
import { runChannel } from '../../../infra/commands/channel/channel.ts';
import { openStackPage } from '../../../infra/local/stack-page/page.ts';
import { STACK_NAME } from '../../../services/contract/stack.ts';
import { listen } from '../../infra/commands/support/listen.ts';
import { openSession } from '../../infra/support/local-session.ts';
import { becomeOnCall } from './on-call.ts';

/** Of the whole pipeline at its start, on a machine under load; each look is a query. */
const A_WHILE = { timeout: 100_000, interval: 1_000 };

export interface Source {
  name: 'npm start' | 'npm run page';
  url: string;
  isLive: boolean;
  /** Whose incident its tests may close. */
  device: string;
}

export type BothSources = Awaited<ReturnType<typeof openBothSources>>;

/**
 * Devices of site north: three are too hot, of which each source may close one; dev-3 has lost readings; dev-6 was too hot
 * for a moment. A webhook is told of it, and answers.
 */
export async function openBothSources() {
  const session = await openSession();
  const receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(200).end();
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  await addChannel(session.dir, `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`);
  const devices = ['dev-1', 'dev-2', 'dev-3', 'dev-5', 'dev-6'];
  const isHot = (device: string, round: number) => device !== 'dev-3' && (device !== 'dev-6' || round < 3);
  for (let round = 0; round < 6; round += 1) {
    await session.send(
      devices.map((device_id) => ({
        ...{ device_id, seq: round === 3 && device_id === 'dev-3' ? 13 : round + (round > 3 ? 10 : 0) },
        ...(isHot(device_id, round) && { temperature: 96 }),
      })),
    );
  }
  await session.send([{ device_id: 'dev-4', site_id: 'south' }]);
  const said: string[] = [];
  // As on AWS: who is on call, with what the template allows them.
  await becomeOnCall(session.runtime.outputs);
  const { Endpoint: _, ...outputs } = { ...session.runtime.outputs, StackName: STACK_NAME };
  const page = await openStackPage(outputs, '--local', 0, { stderr: (line) => void said.push(line) });
  const ask = async (url: string, path: string, body?: object) =>
    (
      await fetch(
        `${url}${path}`,
        body && {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
      )
    ).json();
  // What is remembered as missing would be missing for a minute: everything is there before anybody looks.
  const sql =
    "SELECT count(DISTINCT incident_id), count_if(status = 'resolved') FROM alerts WHERE rule = 'temperature-high'";
  await vi.waitFor(async () => {
    const { rows } = (await ask(page.url, 'api/query', { sql })) as { rows: string[][] };
    expect(Number(rows[0]?.[0])).toBeGreaterThanOrEqual(4);
    expect(Number(rows[0]?.[1])).toBeGreaterThanOrEqual(1);
  }, A_WHILE);
  const sources: Source[] = [
    { name: 'npm start', url: `${session.runtime.endpoint}/`, isLive: true, device: 'dev-1' },
    { name: 'npm run page', url: page.url, isLive: false, device: 'dev-2' },
  ];
  return {
    ...{ session, sources, said },
    source: (name: Source['name']) => sources.find((one) => one.name === name) as Source,
    ask,
    async close() {
      page.close();
      vi.unstubAllEnvs();
      receiver.closeAllConnections();
      receiver.close();
      await session.close();
    },
  };
}

async function addChannel(dir: string, url: string): Promise<void> {
  const { io, said } = listen();
  const secret = { variable: url, isTerminal: false, readAll: async () => url, ask: async () => url };
  const argv = ['add', 'ops', '--kind', 'webhook', '--local', '--dir', dir];
  const code = await runChannel(argv, { ...io, secret });
  expect(code, said.stderr).toBe(0);
}

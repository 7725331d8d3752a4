import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventBus } from '../../../../../infra/emulator/base/events.ts';
import { followActivity } from '../../../../../infra/local/activity.ts';
import type { PageCounts } from '../../../../../infra/local/console/page-state.ts';
import { type Console, openConsole } from '../../../../../infra/local/console/server/open-console.ts';
import { createWatchers } from '../../../../../infra/local/console/server/watchers.ts';

const NO_TEMPLATE = { Resources: {}, Outputs: {}, Parameters: {}, Mappings: {}, Conditions: {} };

let console: Console;
let server: Server;
let url: string;
let broken: boolean;
const notices: string[] = [];

beforeEach(async () => {
  broken = true;
  notices.length = 0;
  const bus = new EventBus();
  bus.on('event', (event) => event.type === 'notice' && notices.push(`${event.level}: ${event.text}`));
  console = openConsole({
    ...{ version: '1', startedAt: '2026-01-31T09:30:00.000Z', flags: '--local', resources: [], bus },
    ...{
      s3Root: '/nowhere',
      stack: { name: 'Streamwatch', resources: [], outputs: {}, template: NO_TEMPLATE },
      activity: followActivity(bus, Date.now),
      watchers: createWatchers(bus, { list: () => [] }),
    },
    ...{
      endpoint: () => 'http://127.0.0.1',
      fleet: () => undefined,
      edge: () => undefined,
      athena: async () => ({}),
    },
    counts: () => ({ received: 1 }) as PageCounts,
    alerts() {
      if (broken) throw new Error('the log is gone');
      return [];
    },
    mailbox: { list: async () => [], get: async () => undefined, size: () => 0 },
    sns: { subscription: () => undefined, unsubscribe: () => false },
    faults: { list: () => [] },
  });
  server = createServer((request, response) => console.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  console.close();
  server.closeAllConnections();
  server.close();
});

describe('a part of the page that cannot be gathered', () => {
  it('is one notice, on the screen at once and on the page when that works again', async () => {
    const response = await fetch(`${url}/api/events`);
    await vi.waitFor(() => expect(notices).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const expected = 'The page is out of date: incidents could not be gathered: the log is gone';
    expect(notices).toEqual([`error: ${expected}`]);
    expect(await (await fetch(`${url}/api/status`)).json()).toEqual({
      message: 'incidents could not be gathered: the log is gone',
    });
    broken = false;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const json = /^data: (.*)$/m.exec(Buffer.from(chunk).toString())?.[1];
      if (json === undefined) continue;
      expect(JSON.parse(json)).toMatchObject({
        notices: [{ level: 'error', text: expected }],
        incidents: [],
      });
      break;
    }
    expect(notices).toHaveLength(1);
  });
});

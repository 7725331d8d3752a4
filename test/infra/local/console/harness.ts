/** The console behind a real HTTP server, with what it shows in the hands of the test. */
import { createServer, request as httpRequest, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createConsole } from '../../../../infra/local/console/console.ts';
import type { ConsoleSnapshot } from '../../../../infra/local/console/snapshot.ts';
import type { Alert } from '../../../../services/contract/alert.ts';

const NOW = Date.parse('2026-01-31T09:30:10.000Z');
export const EVIL = '<img src=x onerror="alert(1)">';
export const ARN = 'arn:aws:sns:us-east-1:000000000000:Alerts:1';

export const device = (device_id: string) => ({
  device_id,
  site_id: 'site-1',
  timestamp: '2026-01-31T09:30:05.000Z',
  temperature: 21.46,
  cpu: 10,
  ram: 20,
  hd: 30,
});
export const empty: ConsoleSnapshot = {
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
export const incident = {
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
export const mail = {
  id: '20260131T093000123Z-000001',
  to: 'me@example.com',
  from: 'no-reply@sns.amazonaws.com',
  subject: 'Hot',
  text: 'It is hot.\nhttp://127.0.0.1:4566/unsubscribe.html?SubscriptionArn=a&Endpoint=b',
  receivedAt: '2026-01-31T09:30:00.123Z',
};

/** What the console shows; set anew before each test. */
export const shown = { snapshot: async () => empty, mails: [mail], subscribed: true, port: 0 };

/** Starts a console for the tests of a file. */
export function useConsole(): void {
  let server: Server;
  beforeAll(async () => {
    const handle = createConsole({
      snapshot: () => shown.snapshot(),
      mailbox: {
        list: async (limit = 1000, offset = 0) => shown.mails.slice(offset, offset + limit),
        get: async (id) => shown.mails.find((one) => one.id === id),
        size: () => shown.mails.length,
      },
      alerts: () => [{ notification_id: 'n1' } as Alert],
      sns: {
        subscription: (arn) =>
          shown.subscribed && arn === ARN ? { topicArn: 'topic', endpoint: 'me@example.com' } : undefined,
        unsubscribe: (arn) => {
          const had = shown.subscribed && arn === ARN;
          if (had) shown.subscribed = false;
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
    shown.port = (server.address() as { port: number }).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    Object.assign(shown, { snapshot: async () => empty, mails: [mail], subscribed: true });
  });
}

interface Got {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** fetch would not let a test choose Host and Origin. */
export function get(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  return new Promise<Got>((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const request = httpRequest(
      { host: '127.0.0.1', port: shown.port, path, method, headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

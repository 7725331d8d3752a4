/** The console behind a real HTTP server, with what it shows in the hands of the test. */
import { createServer, request as httpRequest, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { FleetCommand } from '../../../../../../infra/cli/fleet-control.ts';
import { createConsole } from '../../../../../../infra/local/console/server/console.ts';
import type { IncidentsNow } from '../../../../../../infra/local/console/server/incident-book.ts';
import { openLive } from '../../../../../../infra/local/console/server/live.ts';
import type { RuleSources } from '../../../../../../infra/local/console/server/rule-routes.ts';
import type { Alert } from '../../../../../../services/contract/alert.ts';
import { fakeDesk } from './fake-desk.ts';

const NOW = Date.parse('2026-01-31T09:30:10.000Z');
export const EVIL = '<img src=x onerror="alert(1)">';
export const ARN = 'arn:aws:sns:us-east-1:000000000000:Alerts:1';

export const mail = {
  id: '20260131T093000123Z-000001',
  to: 'me@example.com',
  from: 'no-reply@sns.amazonaws.com',
  subject: 'Hot',
  text: 'It is hot.\nhttp://127.0.0.1:4566/unsubscribe.html?SubscriptionArn=a&Endpoint=b',
  receivedAt: '2026-01-31T09:30:00.123Z',
};

const NO_INCIDENTS: IncidentsNow = {
  incidents: [],
  counts: { firing: 0, recovering: 0, pending: 0, resolved: 0, unsent: 0 },
  revision: 1,
};

export const desk = fakeDesk();

/** What the console shows; set anew before each test. */
export const shown = {
  parts: async (): Promise<object> => ({}),
  mails: [mail],
  subscribed: true,
  hasFleet: true,
  told: [] as FleetCommand[],
  incidents: NO_INCIDENTS,
  port: 0,
};

/** Starts a console for the tests of a file. @param rules what it has of rules */
export function useConsole(
  rules: Pick<RuleSources, 'rulesInForce' | 'ruleDesk'> = { rulesInForce: () => [] },
): void {
  let server: Server;
  const live = openLive({
    ...{ parts: () => shown.parts(), stream: () => ({ tick: 1 }), periodMs: 10 },
    onFailure: () => ({}),
  });
  beforeAll(async () => {
    const handle = createConsole({
      parts: () => shown.parts(),
      live,
      telemetry: { history: () => Buffer.from('{}\n '), recent: () => [] },
      incidents: async () => shown.incidents,
      desk,
      ...rules,
      past: async () => undefined,
      model: async () => ({ metrics: [{ metric: 'cpu', learningUntil: '2026-02-02T09:30:00.000Z' }] }),
      deviceCommand: async (command, site, device) => ({
        text: `${command} ${site} ${device}`,
        failed: device === 'nobody',
      }),
      tables: { readings: 'readings', refused: 'refused' },
      lake: async () => ({
        ...{ partitions: [], errors: [], errorFiles: 0, failures: [], failureFiles: 0, partial: false },
      }),
      queries: { call: answerAthena, workGroup: 'w', database: 'd' },
      fleet: () =>
        shown.hasFleet
          ? {
              async send(command) {
                shown.told.push(command);
                return command.type === 'inject' && command.device_id === 'nobody'
                  ? 'No such device'
                  : undefined;
              },
            }
          : undefined,
      edge: () =>
        shown.hasFleet
          ? {
              setLine: (site, isCut) =>
                site === 'plant-1' && isCut ? undefined : `There is no site ${site} here.`,
            }
          : undefined,
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
    live.close();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    Object.assign(shown, {
      ...{ parts: async () => ({}), mails: [mail], subscribed: true, hasFleet: true, told: [] },
      incidents: NO_INCIDENTS,
    });
  });
}

/** An Athena that has never heard of a table. */
async function answerAthena(): Promise<object> {
  throw new Error('TABLE_NOT_FOUND: no such table');
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

/** The page's server with all that it watches, and with everything that it watches in the hands of the test. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { RULES_FILE } from '../../../infra/cli/rules.ts';
import { synthesizeIfNeeded } from '../../../infra/cli/synth.ts';
import { EventBus } from '../../../infra/emulator/base/events.ts';
import { createFaults } from '../../../infra/emulator/faults/faults.ts';
import type { Mail } from '../../../infra/emulator/mailbox/mail.ts';
import { resolveStack } from '../../../infra/emulator/registry.ts';
import { loadAssembly } from '../../../infra/emulator/stack/template.ts';
import type { AwsRequest } from '../../../infra/emulator/wire/aws-request.ts';
import { followActivity } from '../../../infra/local/activity.ts';
import type { Edge } from '../../../infra/local/console/edge.ts';
import type { Fleet } from '../../../infra/local/console/fleet.ts';
import type { PageCounts } from '../../../infra/local/console/page-state.ts';
import type { StartBacktest } from '../../../infra/local/console/rules/backtest-process.ts';
import { createRulesFile } from '../../../infra/local/console/rules/rules-file.ts';
import { createTrials } from '../../../infra/local/console/rules/trials.ts';
import { openConsole } from '../../../infra/local/console/server/open-console.ts';
import { createWatchers } from '../../../infra/local/console/server/watchers.ts';
import { createControl } from '../../../infra/local/control.ts';
import type { Alert } from '../../../services/contract/alert.ts';
import { formatSentHour, formatTimestamp } from '../../../services/contract/reading.ts';
import { STACK_NAME } from '../../../services/contract/stack.ts';
import { fakeDesk } from '../../infra/local/console/server/support/fake-desk.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const LINES_PER_RECORD = 100;
/** A person waits for a second. */
const PERIOD_MS = 250;

/** An item of the state table. */
type Item = ReturnType<typeof stateItem>;
export type TestConsole = Awaited<ReturnType<typeof openTestConsole>>;
export type AthenaCall = (operation: string, body: Record<string, unknown>) => Promise<object>;

/** A running pipeline as the page sees it: nothing in it but the template, and nothing has happened. */
export async function openTestConsole() {
  const assembly = loadAssembly(await synthesizeIfNeeded(ROOT, () => {}), STACK_NAME);
  const stack = resolveStack(assembly.template, STACK_NAME, 'http://127.0.0.1:4566');
  const s3Root = mkdtempSync(join(tmpdir(), 'streamwatch-page-'));
  const bus = new EventBus();
  const faults = createFaults();
  const watchers = createWatchers(bus, faults);
  const outputs = stack.outputs as Record<string, string>;
  const shown = {
    counts: {
      ...{ received: 0, inLake: 0, malformed: 0, lost: 0, pending: 0 },
      ...{ evaluated: 0, invocations: 0, abandoned: 0 },
      ...{ opened: 0, resolved: 0, mails: 0, batchAgeMs: 0 },
    } satisfies PageCounts as PageCounts,
    alerts: [] as Alert[],
    mails: [] as Mail[],
    fleet: undefined as Fleet | undefined,
    edge: undefined as Edge | undefined,
    athena: (async () => ({ NamedQueryIds: [] })) as AthenaCall,
    desk: fakeDesk(),
    backtest: (() => ({ result: new Promise(() => {}), stop() {} })) as StartBacktest,
    isWritable: true,
  };
  const rulesPath = join(s3Root, 'rules.json');
  copyFileSync(RULES_FILE, rulesPath);
  const trials = createTrials((request, onProgress) => shown.backtest(request, onProgress));
  const ruleDesk = {
    ...{ trials, applyWith: 'npm start', lakeBytes: async () => 2_000_000, close: trials.close },
    file: { ...createRulesFile(rulesPath), isWritable: () => shown.isWritable },
  };
  const page = openConsole({
    ...{ version: '0.1.0', startedAt: new Date().toISOString(), flags: '--local', stack, bus, s3Root },
    resources: stack.resources.map(({ logicalId, type }) => ({ logicalId, type, mode: 'local' as const })),
    ...{ activity: followActivity(bus, Date.now), watchers, faults },
    endpoint: () => 'http://127.0.0.1:4566',
    periodMs: PERIOD_MS,
    ...{ desk: shown.desk, ruleDesk },
    fleet: () => shown.fleet,
    edge: () => shown.edge,
    athena: (operation, body) => shown.athena(operation, body as Record<string, unknown>),
    counts: () => shown.counts,
    alerts: () => shown.alerts,
    mailbox: {
      list: async (limit = 1000, offset = 0) => shown.mails.slice(offset, offset + limit),
      get: async (id) => shown.mails.find((mail) => mail.id === id),
      size: () => shown.mails.length,
    },
    sns: { subscription: () => undefined, unsubscribe: () => false },
  });
  const control = createControl(faults);
  const server = createServer((request, response) => {
    if (!control(request, response) && !page.handle(request, response)) response.writeHead(404).end('{}');
  });
  const listen = (port: number) =>
    new Promise<void>((done) => server.listen(port, '127.0.0.1', () => done()));
  await listen(0);
  const { port } = server.address() as AddressInfo;

  const table = new Map<string, Item>();
  const keyOf = ({ site_id, device_rule }: Item) => `${site_id.S}/${device_rule.S}`;
  const dynamodb = watchers.watch('dynamodb', async ({ operation, body }, response) => {
    const { Item, Key } = JSON.parse(body.toString()) as { Item?: Item; Key?: Item };
    if (operation === 'Scan') response.end(JSON.stringify({ Items: [...table.values()] }));
    else if (Item) table.set(keyOf(Item), Item);
    else if (Key) table.delete(keyOf(Key));
  });
  async function callTable(operation: string, body: object): Promise<void> {
    const text = JSON.stringify({ TableName: outputs.StateTableName, ...body });
    const request = { service: 'dynamodb', operation, headers: {}, body: Buffer.from(text) };
    await dynamodb(request as unknown as AwsRequest, { statusCode: 200 } as ServerResponse);
  }
  await callTable('DescribeTable', {});

  return {
    ...{ url: `http://127.0.0.1:${port}/`, bus, faults, watchers, shown, rulesPath },
    /** A write of the detector to its state table. */
    putItem: (item: Item) => callTable('PutItem', { Item: item }),
    /** What `aws dynamodb delete-item` does. */
    deleteItem: ({ site_id, device_rule }: Item) =>
      callTable('DeleteItem', { Key: { site_id, device_rule } }),
    /** What an earlier run has left in the table, before anybody has read it. */
    leaveItem: (item: Item) => void table.set(keyOf(item), item),
    /** Readings at this second, one for each name, as they come over the stream. */
    read(names: readonly (readonly [site: string, device: string])[], atMs: number, temperature = 45) {
      const seq = Math.floor(atMs / 1000);
      const rest = { cpu: 30, ram: 40, hd: 50, timestamp: formatTimestamp(atMs) };
      const lines = names.map(([site_id, device_id], n) =>
        JSON.stringify({
          ...{ device_id, site_id, seq, temperature: temperature + 4 * Math.sin(seq / 20 + n), ...rest },
          timestamp_sent: formatSentHour(atMs),
        }),
      );
      for (let at = 0; at < lines.length; at += LINES_PER_RECORD)
        bus.emit('record', Buffer.from(lines.slice(at, at + LINES_PER_RECORD).join('\n')));
      shown.counts.received += names.length;
    },
    /** An object in the lake. */
    putObject(key: string, body = 'x') {
      const path = join(s3Root, outputs.LakeBucketName ?? '', key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, body);
    },
    /** A call of the product to an AWS service. */
    async call(service: string, operation: string, end: () => Promise<void> = async () => {}) {
      const request = { service, operation, headers: {}, body: Buffer.alloc(0) } as unknown as AwsRequest;
      const response = { statusCode: 200, end() {} } as unknown as ServerResponse;
      await watchers.vitals.intercept(request, response, end).catch(() => {});
    },
    /** Nobody answers any more, until {@link resume}. */
    async pause() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
    resume: () => listen(port),
    async close() {
      page.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      rmSync(s3Root, { recursive: true });
    },
  };
}

/** An alert as the detector publishes it. */
export function alertOf(
  device_id: string,
  status: Alert['status'],
  atMs: number,
  more: Partial<Alert> = {},
): Alert {
  const site_id = more.site_id ?? 'north';
  const rule = more.rule ?? 'temperature-high';
  const incident_id = more.incident_id ?? incidentId(site_id, device_id);
  return {
    ...{ notification_id: `${incident_id}-${status}`, incident_id, status, severity: 'critical', rule },
    kind: 'threshold',
    ...{ device_id, site_id, metric: 'temperature', operator: '>', threshold: '90', value: 95, peak: 97.5 },
    ...{ started_at: formatTimestamp(atMs), at: formatTimestamp(atMs), summary: `${device_id} is too hot` },
    timestamp_sent: formatSentHour(atMs),
    ...more,
  };
}

/** 24 hexadecimal digits, as the detector's are. */
export const incidentId = (site: string, device: string): string =>
  Buffer.from(`${site}/${device}`).toString('hex').padStart(24, '0').slice(-24);

/** The item of an open incident, as the detector writes it. */
export const stateItem = (
  site: string,
  device: string,
  atMs: number,
  { state = 'firing', severity = 'critical', outbox = [] as Alert[] } = {},
) => ({
  ...{ site_id: { S: site }, device_rule: { S: `${device}#temperature-high` }, state: { S: state } },
  ...{ version: { N: '1' }, high_water_mark: { S: formatTimestamp(atMs) } },
  ...(state !== 'normal' && {
    ...{ incident_id: { S: incidentId(site, device) }, severity: { S: severity } },
    ...{ started_at: { S: formatTimestamp(atMs) }, peak: { N: '97.5' } },
  }),
  ...(outbox.length > 0 && { outbox: { S: JSON.stringify(outbox) } }),
});

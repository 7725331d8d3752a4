/** How smooth the page stays in a storm, and how much memory it takes: measured and printed, not judged. */
import { createServer, type Server } from 'node:http';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListedIncident, PageState } from '../../infra/local/console/page-state.ts';
import { createConsole } from '../../infra/local/console/server/console.ts';
import { shortList } from '../../infra/local/console/server/incident-list.ts';
import { type Live, openLive } from '../../infra/local/console/server/live.ts';
import { PAGE_METRICS } from '../../infra/local/console/server/page-data.ts';
import { createTelemetry } from '../../infra/local/console/server/telemetry.ts';
import { formatSentHour, formatTimestamp } from '../../services/contract/reading.ts';
import { parseRules } from '../../services/contract/rule.ts';
import { fakeDesk } from '../infra/local/console/server/support/fake-desk.ts';
import { tasksOf } from './support/trace.ts';
import { executable, PATIENCE, sharedBrowser } from './support/view.ts';

const DEVICES = 5_000;
const INCIDENTS = 10_000;
const CHANGES = 50;
/** How long there are readings before the page is opened. */
const BEFORE_SECONDS = 30;
const MEASURED_MS = 3_000;
const rules = parseRules({
  rules: [
    {
      name: 'hot',
      metric: 'temperature',
      operator: '>',
      threshold: 80,
      severity: [{ severity: 'critical' }],
    },
  ],
});

/** One second of the whole fleet, as it comes over the stream. */
function second(atMs: number): Buffer {
  const common = {
    cpu: 30,
    ram: 40,
    hd: 50,
    timestamp: formatTimestamp(atMs),
    timestamp_sent: formatSentHour(atMs),
  };
  const seq = Math.floor(atMs / 1000);
  return Buffer.from(
    Array.from({ length: DEVICES }, (_, d) => {
      const temperature = 45 + 8 * Math.sin(seq / 40 + d) + (d < 10 ? 45 : 0);
      return JSON.stringify({
        device_id: `dev-${d}`,
        site_id: `site-${d % 40}`,
        seq,
        temperature,
        ...common,
      });
    }).join('\n'),
  );
}

const OPEN = 6_000;
const incidents = Array.from(
  { length: INCIDENTS },
  (_, d): ListedIncident => ({
    ...{ id: `i${d}`, state: d < OPEN ? 'firing' : 'resolved', rule: 'hot' },
    ...{
      device_id: `dev-${d % DEVICES}`,
      site_id: `site-${d % 40}`,
      severity: d % 2 ? 'warning' : 'critical',
    },
    ...{ metric: 'temperature', kind: 'threshold', threshold: '> 80', peak: 98, timeline: [] },
    started_at: new Date(Date.now() - 60_000 - d * 10).toISOString(),
    ...(d < OPEN ? {} : { resolved_at: new Date(Date.now() - 30_000).toISOString() }),
  }),
);
let revision = 1;
/** So many of them change. */
function change(): void {
  revision += 1;
  for (let n = 0; n < CHANGES; n += 1) {
    const place = (revision * CHANGES + n) % OPEN;
    const known = incidents[place];
    if (known) incidents[place] = { ...known, peak: 90 + ((revision + n) % 10) };
  }
}

const INCIDENT_COUNTS = { firing: OPEN, recovering: 0, pending: 0, resolved: INCIDENTS - OPEN, unsent: 0 };

describe.skipIf(!executable)(`${DEVICES} devices and ${INCIDENTS} incidents`, () => {
  let server: Server;
  let page: Page | undefined;
  let live: Live;
  let timer: NodeJS.Timeout;
  let url: string;
  let received = 0;

  beforeAll(async () => {
    let nowMs = Date.now() - BEFORE_SECONDS * 1000;
    const telemetry = createTelemetry({ now: () => nowMs, elapsed: () => nowMs });
    const observe = (atMs: number) => {
      nowMs = atMs;
      received += DEVICES;
      telemetry.observe(second(atMs));
    };
    for (let at = nowMs; at < Date.now(); at += 1000) observe(at);
    telemetry.take();
    timer = setInterval(() => {
      observe(Date.now());
      change();
    }, 1_000);
    const parts = async (): Promise<PageState> => ({
      about: {
        ...{
          version: 'test',
          endpoint: 'http://127.0.0.1',
          startedAt: new Date().toISOString(),
          flags: '--local',
        },
        ...{
          resources: [],
          stages: [],
          rules,
          metrics: PAGE_METRICS,
          deviceCommands: [],
          isLive: true,
        },
      },
      counts: {
        ...{
          received,
          inLake: received,
          malformed: 0,
          lost: 0,
          pending: 0,
          evaluated: received,
          invocations: 1,
          abandoned: 0,
        },
        ...{ opened: 40, resolved: 30, mails: 0, batchAgeMs: 900, devices: DEVICES, now: Date.now() },
        elapsedMs: performance.now(),
        lastReading: telemetry.last(),
      },
      vitals: { refused: {}, refusals: [], failedInvocations: 0 },
      ...{
        incidents: shortList(incidents),
        incidentRevision: revision,
        incidentCounts: INCIDENT_COUNTS,
        state: OPEN,
        mails: { total: 0, newest: [] },
        files: [],
        notEvaluated: [],
        notices: [],
        faults: [],
        fleet: null,
        sites: [],
      },
    });
    live = openLive({
      parts,
      stream: () => ({ telemetry: telemetry.take() }),
      onFailure(error) {
        throw error;
      },
    });
    const handle = createConsole({
      ...{
        parts,
        live,
        telemetry,
        flags: '--local',
        fleet: () => undefined,
        edge: () => undefined,
        alerts: () => [],
      },
      lake: async () => ({
        ...{ partitions: [], errors: [], errorFiles: 0, failures: [], failureFiles: 0, partial: false },
      }),
      desk: fakeDesk(),
      rulesInForce: () => [],
      past: async () => undefined,
      told: async () => ({}),
      model: async () => undefined,
      incidents: async () => ({ incidents, counts: INCIDENT_COUNTS, revision }),
      tables: { readings: 'readings', refused: 'refused' },
      queries: { call: async () => ({ NamedQueryIds: [] }), workGroup: 'w', database: 'd' },
      mailbox: { list: async () => [], get: async () => undefined, size: () => 0 },
      sns: { subscription: () => undefined, unsubscribe: () => false },
    });
    server = createServer((request, response) => {
      if (!handle(request, response)) response.end('{"active":[],"presets":[]}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  });
  afterAll(async () => {
    await page?.close();
    clearInterval(timer);
    live?.close();
    server?.closeAllConnections();
    server?.close();
  });

  it('are found, counted and drawn', { timeout: 240_000 }, async () => {
    const own = await (await sharedBrowser()).newPage({ viewport: { width: 1280, height: 900 } });
    page = own;
    own.setDefaultTimeout(PATIENCE.timeout);
    await measure(own, 'incidents, from the first byte', async () => {
      await own.goto(`${url}#/incidents`);
      await own.locator('#incident-pages', { hasText: '1–50 of 10,000' }).waitFor();
    });
    await measure(own, 'incidents, while they change', () => own.waitForTimeout(MEASURED_MS));
    await measure(own, 'incidents, searched', async () => {
      await own.locator('#incident-search').fill('dev-77 site-17');
      await own.locator('#incident-pages', { hasText: 'of' }).waitFor({ state: 'hidden' });
      await own.locator('.incident', { hasText: 'dev-77' }).first().waitFor();
    });
    await measure(own, 'fleet, from the first byte', async () => {
      await own.goto('about:blank');
      await own.goto(`${url}#/fleet`);
      // As many as are kept.
      await own.locator('#fleet-charts figure[aria-label*="2000 devices"]').waitFor();
    });
    await measure(own, 'fleet, every second', () => own.waitForTimeout(MEASURED_MS));
    expect(await own.locator('#answer-flow').textContent()).toContain('from 5,000 devices');
  });
});

/** What the longest task takes of the processor, and what the scripts hold. */
async function measure(page: Page, what: string, work: () => Promise<void>): Promise<void> {
  const tasks = await tasksOf(page, work);
  const heap = await page.evaluate<number>('performance.memory.usedJSHeapSize / 1e6');
  const [longest] = tasks;
  const at = (share: number) => (tasks[Math.floor(share * tasks.length)]?.ms ?? 0).toFixed(1);
  const parts = (longest?.parts ?? []).slice(0, 12).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
  process.stderr.write(
    `${what}, ${DEVICES} devices at 1 Hz, ${INCIDENTS} incidents, ${CHANGES} changes a second: longest task ` +
      `${longest?.ms.toFixed(1)} ms of CPU (1 %: ${at(0.01)}; ${tasks.filter(({ ms }) => ms > 50).length} over 50 ms);` +
      `  scripts hold ${Math.round(heap)} MB; next ${tasks[1]?.ms.toFixed(1)} and ${tasks[2]?.ms.toFixed(1)} ms; it did: ${parts.join(', ')}\n`,
  );
  expect(tasks.length).toBeGreaterThan(1);
}

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
import { executable, sharedBrowser } from './support/view.ts';

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
    ...{ metric: 'temperature', kind: 'threshold', limit: '> 80', peak: 98, timeline: [] },
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

  it('are found, counted and drawn', async () => {
    page = await (await sharedBrowser()).newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${url}#/incidents`);
    await page.locator('#incident-pages', { hasText: '1–50 of 10,000' }).waitFor();
    await measure(page, 'incidents');
    await page.locator('#incident-search').fill('dev-77 site-17');
    await page.locator('#incident-pages', { hasText: 'of' }).waitFor({ state: 'hidden' });
    await page.locator('.incident', { hasText: 'dev-77' }).first().waitFor();
    await page.goto(`${url}#/fleet`);
    // As many as are kept.
    await page.locator('#fleet-charts figure[aria-label*="2000 devices"]').waitFor();
    await measure(page, 'fleet');
    expect(await page.locator('#answer-flow').textContent()).toContain('from 5,000 devices');
  });
});

/** How often frames come, how long a second takes to draw, and what the scripts hold. */
async function measure(page: Page, what: string): Promise<void> {
  const measured = await page.evaluate<{ gaps: number[]; ticks: number[]; long: number[]; heap: number }>(
    `(async () => {
      const gaps = [], long = [];
      const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration)));
      observer.observe({ type: 'longtask' });
      performance.clearMeasures();
      const end = performance.now() + ${MEASURED_MS};
      let last = performance.now();
      await new Promise((resolve) => {
        const frame = (now) => {
          gaps.push(now - last);
          last = now;
          if (now < end) requestAnimationFrame(frame);
          else resolve();
        };
        requestAnimationFrame(frame);
      });
      const ticks = performance.getEntriesByName('frame').map((entry) => entry.duration);
      const sorted = (list) => list.sort((a, b) => a - b).map((ms) => Math.round(ms * 10) / 10);
      const heap = performance.memory.usedJSHeapSize / 1e6;
      return { gaps: sorted(gaps), ticks: sorted(ticks), long: sorted(long), heap };
    })()`,
  );
  const at = (list: number[], share: number) => list[Math.floor(share * (list.length - 1))];
  process.stderr.write(
    `${what}, ${DEVICES} devices at 1 Hz, ${INCIDENTS} incidents, ${CHANGES} changes a second: frames every ` +
      `${at(measured.gaps, 0.5)} ms (95 %: ${at(measured.gaps, 0.95)}, longest ${at(measured.gaps, 1)}); taking in ` +
      `and drawing a second: ${at(measured.ticks, 0.5)} ms (longest ${at(measured.ticks, 1)}); tasks over 50 ms: ` +
      `${measured.long.length}; scripts hold ${Math.round(measured.heap)} MB\n`,
  );
  expect(measured.ticks.length).toBeGreaterThan(1);
}

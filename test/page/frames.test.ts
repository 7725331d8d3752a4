/** How smooth the page stays with a thousand devices at one reading a second: measured and printed, not judged. */
import { createServer, type Server } from 'node:http';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListedIncident, PageState } from '../../infra/local/console/page-state.ts';
import { createConsole } from '../../infra/local/console/server/console.ts';
import { type Live, openLive } from '../../infra/local/console/server/live.ts';
import { PAGE_METRICS } from '../../infra/local/console/server/page-data.ts';
import { createTelemetry, WINDOW_SECONDS } from '../../infra/local/console/server/telemetry.ts';
import { formatSentHour, formatTimestamp } from '../../services/contract/reading.ts';
import { parseRules } from '../../services/contract/rule.ts';
import { fakeDesk } from '../infra/local/console/server/support/fake-desk.ts';
import { executable, sharedBrowser } from './support/view.ts';

const DEVICES = 1_000;
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

const incidents = Array.from(
  { length: 40 },
  (_, d): ListedIncident => ({
    ...{
      id: `i${d}`,
      state: d < 10 ? 'firing' : 'resolved',
      device_id: `dev-${d}`,
      site_id: `site-${d % 40}`,
      rule: 'hot',
    },
    ...{ metric: 'temperature', severity: 'critical', limit: '> 80', peak: 98, timeline: [] },
    started_at: new Date(Date.now() - 60_000 - d * 5_000).toISOString(),
    ...(d < 10 ? {} : { resolved_at: new Date(Date.now() - 30_000).toISOString() }),
  }),
);

const INCIDENT_COUNTS = { firing: 10, recovering: 0, pending: 0, resolved: 30, unsent: 0 };

describe.skipIf(!executable)('a thousand devices', () => {
  let server: Server;
  let page: Page | undefined;
  let live: Live;
  let timer: NodeJS.Timeout;
  let url: string;
  let received = 0;

  beforeAll(async () => {
    let nowMs = Date.now() - WINDOW_SECONDS * 1000;
    const telemetry = createTelemetry({ now: () => nowMs, elapsed: () => nowMs });
    const observe = (atMs: number) => {
      nowMs = atMs;
      received += DEVICES;
      telemetry.observe(second(atMs));
    };
    for (let at = nowMs; at < Date.now(); at += 1000) observe(at);
    telemetry.take();
    timer = setInterval(() => observe(Date.now()), 1_000);
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
        incidents,
        incidentRevision: 1,
        incidentCounts: INCIDENT_COUNTS,
        state: 10,
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
      incidents: async () => ({ incidents, counts: INCIDENT_COUNTS, revision: 1 }),
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

  it('are drawn as bands, with those in trouble as lines', async () => {
    page = await (await sharedBrowser()).newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${url}#/fleet`);
    await page.locator('#fleet-charts figure[aria-label*="1000 devices"]').waitFor();
    const measured = (await page.evaluate(`(async () => {
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
      return { gaps: sorted(gaps), ticks: sorted(ticks), long: sorted(long) };
    })()`)) as { gaps: number[]; ticks: number[]; long: number[] };
    const at = (list: number[], share: number) => list[Math.floor(share * (list.length - 1))];
    process.stderr.write(
      `${DEVICES} devices at 1 Hz, ${MEASURED_MS / 1000} s: frames every ${at(measured.gaps, 0.5)} ms ` +
        `(95 %: ${at(measured.gaps, 0.95)}, longest ${at(measured.gaps, 1)}); taking in and drawing a second: ` +
        `${at(measured.ticks, 0.5)} ms (longest ${at(measured.ticks, 1)}); tasks over 50 ms: ${measured.long.length}\n`,
    );
    expect(measured.ticks.length).toBeGreaterThan(1);
    expect(await page.locator('#fleet-charts figure').getAttribute('aria-label')).toContain('dev-9');
    expect(await page.locator('#answer-flow').textContent()).toContain('from 1,000 devices');
  });
});

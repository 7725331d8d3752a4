/** The page in a real browser, with a whole `npm start`: what a person sees, from the start to a resolved incident. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Session, startSession } from './browser.ts';
import { violationsOf } from './support/axe.ts';
import { everyView, openView } from './support/every-view.ts';
import { executable, openWatchedPage, PATIENCE, sharedBrowser } from './support/view.ts';

if (!executable)
  process.stderr.write(
    'Skipped: no Chromium for the browser tests. Install it with: apt-get install chromium-headless-shell\n',
  );

const EVIL = '<img src=x onerror="document.title=\'owned\'">';

describe.skipIf(!executable)('the page', () => {
  let session: Session;
  let page: Page;
  let problems: string[];
  let foreign: string[];

  beforeAll(async () => {
    const [started] = await Promise.all([
      startSession(['--devices', '12', '--anomaly-rate', '0']),
      sharedBrowser(),
    ]);
    session = started;
    ({ page, problems, foreign } = await openWatchedPage((address) => address.startsWith(session.url)));
    await page.goto(`${session.url}#/demo`);
    // A short one, so that its end comes soon.
    await text('#stage-fleet', /12 devices/);
    await fetch(`${session.url}api/fleet`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        type: 'inject',
        kind: 'sustained',
        device_id: 'dev-5',
        metric: 'ram',
        seconds: 6,
      }),
    });
  });
  afterAll(async () => {
    await page?.context().close();
    await session?.stop();
  });

  // A test that fails half-way must not leave its dialog on top of the next test's buttons.
  afterEach(() => page.evaluate("document.getElementById('dialog').close()"));

  const go = (route: string) => page.goto(`${session.url}#/${route}`);
  const text = (selector: string, pattern: RegExp) =>
    page.locator(selector, { hasText: pattern }).first().waitFor(PATIENCE);

  it('answers within seconds whether data flows, and what is firing', async () => {
    await text('#connection', /^Live$/);
    await text('#answer-flow', /\d readings\/s.*from 12 devices/);
    await text('#answer-firing', /firing.*temperature-high on dev-3|ram-exhausted on dev-5/);
    await text('#stage-detector', /records in/);
    expect(await page.locator('#stage-stream').getAttribute('data-state')).toBe('flowing');
    expect(await page.title()).toMatch(/^\(\d\) Demo · Streamwatch$/);
  });

  it('shows an incident with its readings and its mail', async () => {
    await text('.incident', /dev-3firing · critical.*threshold > 90 °C/);
    await text('.mail', /FIRING critical: temperature-high - dev-3/);
    await page.locator('.incident a', { hasText: 'dev-3' }).first().focus();
    await page.keyboard.press('Enter');
    await text('#incident h2', /temperature-high on dev-3/);
    await page.locator('#incident-charts figure[aria-label*="Temperature of dev-3"]').waitFor();
    await page.locator('#incident-charts figure[aria-label*="critical 90"]').first().waitFor();
    await expect.poll(() => page.locator('#incident-charts canvas').count(), PATIENCE).toBe(4);
    await page.locator('#incident summary', { hasText: 'FIRING critical' }).click();
    await text('#incident pre', /Since +20\d\d-\d\d-\d\d/);
    const address = page.url();
    await page.reload();
    await text('#incident h2', /temperature-high on dev-3/);
    await page.goBack();
    await text('#play-title', /Demo/);
    expect(address).toMatch(/#\/incidents\/[0-9a-f]{24}$/);
  });

  it('opens a mail as it was sent, with the time in UTC behind the local time', async () => {
    await page.locator('.mail', { hasText: 'FIRING critical: temperature-high - dev-3' }).click();
    await text('#dialog pre', /Its history, in Athena/);
    expect(await page.locator('#dialog time').getAttribute('title')).toMatch(/^20\d\d-.* UTC$/);
    await page.locator('#dialog button', { hasText: 'Close' }).click();
  });

  it('runs a saved query, says what it cost, and announces an error', async () => {
    await go('pipeline');
    await text('#lake-list', /readings\/dt=/);
    await go('queries');
    await page.locator('#history-saved button', { hasText: /^fleet-now$/ }).click();
    await text('#history-result .facts', /Rows.*Files opened.*Scanned.*Time.*\$0\.00005/);
    expect(await page.locator('#history-result tbody tr').count()).toBeGreaterThan(0);
    await page.fill('#sql', 'SELECT nothing FROM readings');
    await page.locator('#sql').press('Control+Enter');
    await text('#history-result .error', /COLUMN_NOT_FOUND/);
    await page.fill('#sql', `SELECT '${EVIL.replaceAll("'", "''")}' AS x`);
    await page.locator('#sql').press('Control+Enter');
    await text('#history-result td', /<img src=x/);
  });

  it('shows all four metrics of a device, and what was really injected', async () => {
    await go('fleet');
    await page.check('#truth');
    await expect.poll(() => page.locator('#fleet-charts canvas').count(), PATIENCE).toBe(1);
    await page.locator('#fleet-table summary').click();
    await text('#fleet-table tbody tr', /dev-3/);
    await page.selectOption('#device', { label: 'dev-3' });
    await text('#device-view h2', /^dev-3$/);
    await expect.poll(() => page.locator('#device-charts canvas').count(), PATIENCE).toBe(4);
    await text('#device-charts', /readings?, in the lake up to .* then from the stream/);
    await text('#device-incidents', /temperature-high/);
    await text('#device-gaps', /No number is missing/);
    await text('#device-refused', /Every reading of this time was evaluated/);
    await text('#device-model', /cpu: learning until .*; before, nothing is called unusual|nothing yet/);
    await page.locator('#device-view button', { hasText: 'Forget it' }).click();
    await text('#device-view', /dev-3 of \S+ is not missed any more|Nobody misses dev-3/);
    await go('fleet?last=15m');
    await text('#fleet-charts', /readings of 12 devices in pieces of 5 s/);
  });

  it('shows what the rules are', async () => {
    await go('rules');
    await text(
      '#rules tr',
      /temperature-high.*temperature > 80 \(warning\), 90 \(critical\) °C, 2 of 3 readings/,
    );
    await page.locator('#rules a', { hasText: 'device-silent' }).click();
    await text('#rules', /a device sends nothing for 5m/);
    await page.locator('#rules a', { hasText: 'Edit' }).click();
    await text('#rules-status', /^No problem. It is what runs/);
  });

  it('tries edited rules on its own history, beside everything else', async () => {
    const area = page.getByLabel('Rules, as JSON');
    const rules = await area.inputValue();
    await area.fill(
      rules.replace('"name": "temperature-high"', '"name": "hot"').replace('hold": 80', 'hold": 79'),
    );
    await text('#rules-status', /hot new, temperature-high removed/);
    await text('#rules-trial', /Those days are \d.* in the lake; on AWS it would cost \$0\.000\d+ at most/);
    await page.getByRole('button', { name: 'Try the rules' }).click();
    await text('#trial-result .verdict', /^\d+ mails instead of \d+ \(/);
    await text('#trial-result tr', /^hot0[1-9]\d*0/);
    await page.getByRole('button', { name: 'Undo all edits' }).click();
    await text('#rules-trial .stale', /have changed since/);
    await go('demo');
  });

  // Before SNS goes down: an end that cannot be published would hold up the readings behind it.
  it('follows the incident to its end', async () => {
    await text('.incident[data-state=resolved]', /dev-5.*ram-exhausted/);
    await text('.mail', /RESOLVED critical: ram-exhausted - dev-5/);
  });

  it('injects an anomaly, and breaks what its buttons say', async () => {
    await page.fill('#play-device', 'dev-99');
    await page.locator('button', { hasText: 'Inject anomaly' }).click();
    await text('.said.error', /no device dev-99/);
    await page.fill('#play-device', 'dev-7');
    // On a busy machine an alert may come later than the 20 seconds after which the fault would be over.
    await page.route('**/api/control/faults', (route) =>
      route.continue({ postData: { ...route.request().postDataJSON(), duration: '10m' } }),
    );
    await page.locator('button', { hasText: 'SNS down' }).click();
    await text('#faults', /SNS down.*[3-6]\d\d s left/);
    await page.unroute('**/api/control/faults');
    await page.locator('button', { hasText: 'Inject anomaly' }).click();
    // Perhaps that of another incident, which then holds up the readings behind it until the fault is over.
    await text('#stage-topic', /refused|waiting/);
    await page.locator('#faults button', { hasText: 'End now' }).click();
    await text('.incident', /dev-7/);
    await text('.mail', /FIRING critical: temperature-high - dev-7/);
  });

  it('pauses and resumes the fleet', async () => {
    await page.locator('#play-pause').click();
    await text('#answer-flow', /Paused/);
    await text('#stage-fleet', /paused/);
    await page.locator('#play-pause', { hasText: 'Resume' }).click();
    await text('#answer-flow', /readings\/s/);
  });

  it('shows what a device or a mail says as text, never as markup', async () => {
    const parts = (await (await fetch(`${session.url}api/status`)).json()) as Record<string, unknown>;
    const evil = { id: 'evil', state: 'firing', device_id: EVIL, site_id: EVIL, rule: EVIL, severity: EVIL };
    const incident = { ...evil, threshold: EVIL, summary: EVIL, started_at: EVIL, timeline: [] };
    const mails = { total: 1, newest: [{ id: EVIL, subject: EVIL, to: EVIL, receivedAt: EVIL }] };
    const other = await page.context().newPage();
    await other.route('**/api/events', (route) =>
      route.fulfill({
        contentType: 'text/event-stream',
        body: `data: ${JSON.stringify({
          ...parts,
          incidents: [incident],
          mails,
          notices: [{ level: EVIL, text: EVIL, at: EVIL }],
          faults: [{ id: EVIL, title: EVIL, on: EVIL, hits: 1 }],
        })}\n\n`,
      }),
    );
    await other.route('**/api/lake', (route) =>
      route.fulfill({
        json: {
          ...{
            partitions: [
              { prefix: EVIL, count: 1, bytes: 1, newest: EVIL, files: [{ key: EVIL, bytes: 1, at: EVIL }] },
            ],
          },
          errors: [{ key: EVIL, at: EVIL, code: EVIL, message: EVIL, raw: EVIL, bytes: 9 }],
          failures: [{ key: EVIL, bytes: 1, at: EVIL }],
        },
      }),
    );
    await other.route('**/api/incidents?*', (route) =>
      route.fulfill({
        json: {
          ...{ incidents: [incident], matching: 1, offset: 0 },
          facets: Object.fromEntries(
            ['state', 'severity', 'site', 'rule'].map((name) => [name, [{ value: EVIL, count: 1 }]]),
          ),
        },
      }),
    );
    await other.goto(`${session.url}#/demo`);
    for (const section of ['.incident', '.mail', '#notice-list', '#faults'])
      await other.locator(section, { hasText: '<img src=x' }).first().waitFor(PATIENCE);
    await other.goto(`${session.url}#/pipeline`);
    await other.locator('#lake-list .bad-line', { hasText: '<img src=x' }).first().waitFor(PATIENCE);
    await other.goto(`${session.url}#/devices/${encodeURIComponent(EVIL)}/${encodeURIComponent(EVIL)}`);
    await other.locator('#unknown code', { hasText: '%3Cimg' }).waitFor(PATIENCE);
    expect(await other.locator('img[src="x"]').count()).toBe(0);
    expect(await other.title()).not.toBe('owned');
    await other.close();
  });

  it('gives axe nothing to object to in any view, fits into 320 pixels and fills 2560', {
    timeout: 240_000,
  }, async () => {
    const silence = { matchers: { sites: ['south'] }, minutes: 1, by: 'Ann', comment: 'moved' };
    await page.request.post(`${session.url}api/silence`, { data: silence });
    const views = await everyView(session.url);
    expect(views.length).toBeGreaterThan(14);
    for (const view of views) {
      await openView(page, session.url, view);
      expect(await violationsOf(page), view.name).toEqual([]);
      for (const width of [320, 390, 2560]) {
        await page.setViewportSize({ width, height: 844 });
        await expect
          .poll(() => page.evaluate('document.documentElement.scrollWidth'), {
            ...PATIENCE,
            message: view.name,
          })
          .toBeLessThanOrEqual(width);
      }
      await page.setViewportSize({ width: 1280, height: 900 });
      // By now what is kept up to date has been, once a second.
      const said = await page.evaluate<string>('document.body.innerText');
      expect(said, view.name).not.toMatch(/\bNaN\b|\bundefined\b|\[object /);
    }
    await page.setViewportSize({ width: 320, height: 844 });
    for (const view of views.filter(({ name }) => name === 'rules' || name === 'silences')) {
      await openView(page, session.url, view);
      expect(await violationsOf(page), `${view.name}, narrow`).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await go('demo');
  });

  it('causes no error and loads nothing from elsewhere', () => {
    // The browser itself logs the request for a device that does not exist.
    expect(problems.filter((text) => !text.includes('409 (Conflict)'))).toEqual([]);
    expect(foreign).toEqual([]);
  });

  it('reconnects by itself after a restart', async () => {
    const port = Number(new URL(session.url).port);
    await session.stop();
    await text('#connection', /^Not connected/);
    expect(await violationsOf(page)).toEqual([]);
    session = await startSession(['--devices', '5', '--anomaly-rate', '0'], {
      stateDir: session.stateDir,
      port,
    });
    await text('#connection', /^Live$/);
    await text('#answer-flow', /from 5 devices/);
  });
});

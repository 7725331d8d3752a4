/** What the page says and how it looks where that matters: an empty pipeline, colours, times, names, the dialog. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { fakeAthena } from './support/athena.ts';
import { alertOf, incidentId, stateItem, type TestConsole } from './support/console.ts';
import { executable, PATIENCE, text, useBrowser } from './support/view.ts';

const styleOf = async (page: Page, selector: string, name: string, pseudo?: string) => {
  await page
    .locator(selector)
    .first()
    .waitFor({ ...PATIENCE, state: 'attached' });
  return page.evaluate<string>(
    `getComputedStyle(document.querySelector(${JSON.stringify(selector)}), ${JSON.stringify(pseudo)})[${JSON.stringify(name)}]`,
  );
};

/** Is all of their text seen? */
const fits = (page: Page, selector: string) =>
  page.evaluate<boolean>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].every((node) => node.scrollWidth <= node.clientWidth + 1)`,
  );

async function fire(console: TestConsole, device: string, atMs: number, severity: 'warning' | 'critical') {
  console.shown.alerts.push(alertOf(device, 'firing', atMs, { severity }));
  await console.putItem(stateItem('north', device, atMs, { severity }));
}

function mail(console: TestConsole, subject: string, to = 'you@example.com', body = 'text') {
  const { mails } = console.shown;
  const receivedAt = new Date().toISOString();
  mails.unshift({ id: `m${mails.length}`, to, from: 'sns', subject, text: body, receivedAt });
}

describe.skipIf(!executable)('the page', () => {
  const view = useBrowser();

  it('without a fleet offers nothing that is not there, and shows the whole command', async () => {
    const page = await view.open(await view.console());
    await text(page, '#incident-list', /^Nothing has gone wrong so far\. An incident opens when/);
    expect(await page.locator('main').textContent()).not.toMatch(/above/);
    const command = page.locator('#answer-flow code');
    for (const width of [1440, 1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await command.textContent()).toBe('npm run simulate -- --local');
      expect(await fits(page, '.answers .detail, .answers code')).toBe(true);
    }
  });

  it('tells warning from critical, and firing from resolved, by colour and by text', async () => {
    const console = await view.console();
    const now = Date.now();
    await fire(console, 'dev-1', now, 'warning');
    await fire(console, 'dev-2', now, 'critical');
    mail(console, 'FIRING warning: hot - dev-1 (north)');
    mail(console, 'FIRING critical: hot - dev-2 (north)');
    mail(console, 'RESOLVED critical: hot - dev-3 (north)');
    const page = await view.open(console, { at: '#/demo' });
    await page.locator('.incident .badge').nth(1).waitFor();
    await page.locator('.mail').nth(2).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const name of ['color', 'backgroundColor', 'borderLeftColor']) {
        const badge = (of: string) => styleOf(page, `.incident[data-severity=${of}] .badge`, name);
        expect(await badge('warning')).not.toBe(await badge('critical'));
      }
      const tones = ['firing][data-severity=warning', 'firing][data-severity=critical', 'resolved'].map(
        (status) => styleOf(page, `.mail[data-status=${status}] .status`, 'color'),
      );
      expect(new Set(await Promise.all(tones)).size).toBe(3);
    }
    await text(page, '.incident[data-severity=warning] .badge', /^firing · warning$/);
    await text(page, '.incident[data-severity=critical] .badge', /^firing · critical$/);
    expect(await styleOf(page, '.mail[data-status=firing] .status', 'content', '::before')).toBe('"▲ "');
    expect(await styleOf(page, '.mail[data-status=resolved] .status', 'content', '::before')).toBe('"✓ "');
  });

  it("writes every time in the reader's zone and says so, and in UTC where that is wanted", async () => {
    const console = await view.console();
    const then = Date.parse('2026-01-31T21:30:10.000Z');
    await fire(console, 'dev-1', then, 'critical');
    mail(console, 'FIRING critical: hot', 'me', `Incident ${incidentId('north', 'dev-1')}, notification x`);
    console.read([['north', 'dev-1']], Date.now());
    const page = await view.open(console, { timezoneId: 'Asia/Tokyo' });
    await text(page, '#about-line', /started \d\d:\d\d:\d\d GMT\+9\./);
    await page.locator('.incident a').first().click();
    await text(page, '#incident .fields', /Started2026-02-01 06:30:10 GMT\+9/);
    await text(page, '#incident .timeline', /^2026-02-01 06:30:10 GMT\+9/);
    expect(await page.locator('#incident .timeline time').getAttribute('title')).toBe(
      '2026-02-01 06:30:10 Asia/Tokyo, 2026-01-31 21:30:10.000 UTC',
    );
    await page.locator('#zone', { hasText: 'Times: Asia/Tokyo' }).click();
    await text(page, '#zone', /^Times: UTC$/);
    await text(page, '#incident .fields', /Started2026-01-31 21:30:10 UTC/);
    await text(page, '#incident .timeline', /^2026-01-31 21:30:10 UTC/);
    await page.locator('nav a', { hasText: 'Inbox' }).click();
    await page.locator('.mail').click();
    await text(page, '#dialog .fields', /Received\d\d:\d\d:\d\d UTC$/);
    await page.locator('#dialog a', { hasText: 'Its incident' }).click();
    await text(page, '#incident .fields', /Started2026-01-31 21:30:10 UTC/);
    await page.locator('nav a', { hasText: 'History' }).click();
    await text(page, '#history', /Times in queries and results are UTC\./);
    expect(await page.locator('body').textContent()).not.toMatch(/\d [AP]M\b/);
    await page.goto(`${console.url}inbox/m0`);
    await text(page, '.fields', /Received20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
  });

  it('shows the name, the size and the time of every file', async () => {
    const console = await view.console();
    const name = (n: number) =>
      `Streamwatch-ReadingsDelivery3F2A81-1-2026-01-31-09-3${n}-00-0f8fad5b-d9cb-469f-a165-70867287${n}50e.parquet`;
    for (const n of [1, 2, 3])
      console.putObject(`readings/dt=2026-01-31/hour=09/${name(n)}`, 'x'.repeat(2_345));
    const bad = { lastErrorMessage: 'not JSON', rawData: Buffer.from('{').toString('base64') };
    console.putObject('errors/x/1.json', `${JSON.stringify(bad)}\n`);
    const page = await view.open(console, { at: '#/pipeline' });
    await page.locator('#lake-list summary').first().click();
    for (const width of [1440, 1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      const box = await page.locator('#lake-list .scroll').boundingBox();
      for (const cell of await page.locator('#lake-list tr > *').all()) {
        const at = await cell.boundingBox();
        expect((at?.x ?? 0) + (at?.width ?? 0)).toBeLessThanOrEqual((box?.x ?? 0) + (box?.width ?? 0) + 1);
      }
      await text(page, '#lake-list td', /^2\.3 kB$/);
      const shortened = page.locator('#lake-list .shortened', { hasText: name(2) });
      expect(await shortened.getAttribute('title')).toBe(name(2));
      expect(await fits(page, '#lake-list .shortened > :last-child')).toBe(true);
    }
    await text(page, '#lake-list h3', /^Malformed lines/);
  });
});

describe.skipIf(!executable)('the page of an incident', () => {
  const view = useBrowser();

  it('has its id, start, peak and duration, and whom each mail went to', async () => {
    const console = await view.console();
    const now = Date.now();
    for (let at = now - 100_000; at < now - 50_000; at += 2_000) console.read([['north', 'dev-1']], at, 95);
    console.shown.alerts.push(alertOf('dev-1', 'firing', now - 90_000), {
      ...alertOf('dev-1', 'resolved', now - 45_000),
      started_at: new Date(now - 90_000).toISOString(),
    });
    const body = `Incident ${incidentId('north', 'dev-1')}, notification x`;
    for (const to of ['you@example.com', 'oncall@example.com'])
      mail(console, 'FIRING critical: hot', to, body);
    const page = await view.open(console);
    await page.locator('.incident a').first().click();
    const id = incidentId('north', 'dev-1');
    await text(
      page,
      '#incident .fields',
      new RegExp(`^Devicedev-1SitenorthStarted.* UTCDuration45 sPeak97\\.5 °CThreshold> 90 °CIncident${id}$`),
    );
    await text(page, '#incident .title', /^temperature-high on dev-1resolved · critical$/);
    await text(page, '#incident-mails summary', /, to oncall@example\.com and you@example\.com, /);
    expect(await page.locator('#incident-mails summary').count()).toBe(1);
    await text(page, '#incident-charts', /25 readings, from the stream; /);
  });

  it('of a device that is gone says so instead of an empty chart, and what else fires at its site', async () => {
    const console = await view.console();
    console.shown.athena = fakeAthena([]);
    const now = Date.now();
    // Known to the page, but with no reading in the time of its incident.
    console.read([['north', 'gone']], now - 290_000);
    await fire(console, 'gone', now - 3_600_000, 'critical');
    await fire(console, 'never-seen', now - 3_600_000, 'warning');
    const page = await view.open(console, { at: `#/incidents/${incidentId('north', 'never-seen')}` });
    await text(
      page,
      '#incident-charts',
      /No readings in this time, neither in the lake nor from the stream\./,
    );
    await text(page, '#incident-charts', /The lake could not be asked/);
    await text(page, '#incident .short', /gonefiring · critical/);
    await page.locator('#incident .short a', { hasText: 'gone' }).click();
    await text(page, '#incident h2', /^temperature-high on gone$/);
    await text(page, '#incident .short', /never-seenfiring · warning/);
    await page.goBack();
    await text(page, '#incident h2', /^temperature-high on never-seen$/);
  });

  it('that is not kept says where it may be, as does an address of nothing', async () => {
    const page = await view.open(await view.console(), { at: '#/incidents/0123' });
    await text(
      page,
      '#incident',
      /There is no such incident among those that are kept.*ask for its readings/,
    );
    await page.goto(`${page.url().split('#')[0]}#/nowhere/at/all`);
    await text(page, '#unknown', /#\/nowhere\/at\/all is not an incident, device, site, rule or query/);
    expect(await page.title()).toBe('No such address · Streamwatch');
    await page.locator('#unknown a').click();
    await text(page, '#incident-list', /Nothing has gone wrong so far/);
  });
});

describe.skipIf(!executable)('sites with gateways', () => {
  const view = useBrowser();

  it('shows what waits at each site, cuts its line, and keeps the focus', async () => {
    const console = await view.console();
    const plant = { site: 'plant-1', isLineCut: false, waiting: 0, oldestSeconds: 0 };
    const asked: [string, boolean][] = [];
    console.shown.edge = {
      state: async () => [plant, { ...plant, site: 'plant-2', problem: 'It cannot be reached.' }],
      setLine(site, isCut) {
        asked.push([site, isCut]);
        Object.assign(plant, { isLineCut: isCut, waiting: isCut ? 1234 : 0, oldestSeconds: isCut ? 7 : 0 });
        return undefined;
      },
    };
    const page = await view.open(console, { at: '#/demo' });
    await text(page, '#sites li', /^connectedplant-10 readings on its disk/);
    await text(page, '#sites li', /^not connectedplant-2/);
    const button = page.locator('#sites li', { hasText: 'plant-1' }).locator('button');
    await button.focus();
    await page.keyboard.press('Enter');
    await text(page, '#sites li', /^cut offplant-11,234 readings on its disk, the oldest for 7\.0 s/);
    await text(page, '.said', /^plant-1 is cut off: its readings wait/);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Connect the line');
    await page.keyboard.press('Enter');
    await text(page, '#sites li', /^connectedplant-1/);
    expect(asked).toEqual([
      ['plant-1', true],
      ['plant-1', false],
    ]);
  });
});

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
    const page = await view.open(console);
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

  it('writes every time in UTC and says so, with the local time behind it', async () => {
    const console = await view.console();
    const then = Date.parse('2026-01-31T21:30:10.000Z');
    await fire(console, 'dev-1', then, 'critical');
    mail(console, 'FIRING critical: hot', 'me', `Incident ${incidentId('north', 'dev-1')}, notification x`);
    console.read([['north', 'dev-1']], Date.now());
    const page = await view.open(console, { timezoneId: 'Asia/Tokyo' });
    await page.locator('.incident').click();
    await text(page, '#dialog .fields', /Started2026-01-31 21:30:10 UTC/);
    await text(page, '#dialog .timeline', /^2026-01-31 21:30:10 UTC/);
    expect(await page.locator('#dialog .timeline time').getAttribute('title')).toBe(
      '2026-02-01 06:30:10 Asia/Tokyo, 2026-01-31 21:30:10.000 UTC',
    );
    await page.keyboard.press('Escape');
    await page.locator('.mail').click();
    await text(page, '#dialog .fields', /Received\d\d:\d\d:\d\d UTC$/);
    await page.keyboard.press('Escape');
    await text(page, '#about-line', /started \d\d:\d\d:\d\d UTC\./);
    await text(page, '#history', /Times are UTC\./);
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
    const page = await view.open(console);
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

describe.skipIf(!executable)('the dialog of an incident', () => {
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
    await page.locator('.incident').click();
    const id = incidentId('north', 'dev-1');
    await text(
      page,
      '#dialog .fields',
      new RegExp(
        `^Stateresolved · criticalDevicedev-1, site northStarted.* UTCDuration45 sPeak97\\.5 °CThreshold> 90 °CIncident${id}$`,
      ),
    );
    await text(page, '#dialog summary', /, to you@example\.com, /);
    await text(page, '#dialog summary', /, to oncall@example\.com, /);
    await text(page, '#dialog .dialog-chart', /Temperature readings from the stream\.$/);
  });

  it('of a device that is gone has a remark instead of an empty chart', async () => {
    const console = await view.console();
    console.shown.athena = fakeAthena([
      { name: 'incident-readings', sql: 'SELECT ?', columns: ['time', 'temperature'], rows: [] },
    ]);
    const now = Date.now();
    // Known to the page, but with no reading in the time of its incident.
    console.read([['north', 'gone']], now - 280_000);
    await fire(console, 'gone', now - 100_000, 'critical');
    await fire(console, 'never-seen', now - 3_600_000, 'critical');
    const page = await view.open(console);
    for (const device of ['gone', 'never-seen']) {
      await page.locator('.incident', { hasText: device }).click();
      await text(
        page,
        '#dialog .dialog-chart',
        new RegExp(
          `^There are no readings of ${device} between .* UTC, neither from the stream nor in the lake\\.$`,
        ),
      );
      expect(await page.locator('#dialog canvas').count()).toBe(0);
      await page.keyboard.press('Escape');
    }
  });

  it('of a device that has fallen silent says so below its chart', async () => {
    const console = await view.console();
    const now = Date.now();
    for (let at = now - 200_000; at < now - 150_000; at += 2_000) console.read([['north', 'dev-1']], at, 95);
    await fire(console, 'dev-1', now - 180_000, 'critical');
    const page = await view.open(console);
    await page.locator('.incident').click();
    await text(
      page,
      '#dialog .dialog-chart',
      /The last one is 3 min old: a silent device ends no incident\.$/,
    );
  });

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
    const page = await view.open(console);
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

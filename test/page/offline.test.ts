/** The page while nobody answers it, and without its scripts. */
import { describe, expect, it } from 'vitest';
import { fakeAthena } from './support/athena.ts';
import { alertOf, stateItem } from './support/console.ts';
import { executable, text, useBrowser } from './support/view.ts';

const SENTENCE = /^Not connected to npm start\. Try again as soon as the page says “Live”\.$/;

describe.skipIf(!executable)('while nobody answers', () => {
  const view = useBrowser();

  it('every button says one clear sentence, which goes away when somebody does', async () => {
    const console = await view.console();
    const now = Date.now();
    console.shown.fleet = {
      state: () => ({ devices: 3, paused: false, running: true, episodes: [] }),
      send: async () => undefined,
    };
    console.shown.athena = fakeAthena([{ name: 'fleet-now', sql: 'SELECT 1' }]);
    console.shown.alerts.push(alertOf('dev-1', 'firing', now - 3_600_000));
    await console.putItem(stateItem('north', 'dev-1', now - 3_600_000));
    console.shown.mails.push({
      ...{ id: 'm', to: 'me', from: 'sns', subject: 'FIRING critical: hot', text: 'hot' },
      receivedAt: new Date(now).toISOString(),
    });
    const page = await view.open(console, { at: '#/demo' });
    await page.locator('.mail').waitFor();
    await page.locator('.incident').waitFor();
    await page.locator('#history-saved button').first().waitFor({ state: 'attached' });
    await console.pause();
    await text(page, '#connection', /^Not connected/);
    for (const button of ['Inject anomaly', 'Pause fleet', 'SNS down']) {
      await page.locator('button', { hasText: button }).click();
      await text(page, '.said', SENTENCE);
    }
    await page.locator('.mail').click();
    await text(page, '#dialog .error', SENTENCE);
    await page.keyboard.press('Escape');
    await page.locator('.incident a').first().click();
    await text(page, '#incident .error', SENTENCE);
    await page.locator('nav a', { hasText: 'History' }).click();
    await page.locator('#history-saved button').first().click();
    await text(page, '#history-result', SENTENCE);
    await page.locator('nav a', { hasText: 'Demo' }).click();
    expect(await page.locator('body').textContent()).not.toMatch(/Failed to fetch|NetworkError|Unexpected/);
    await console.resume();
    await text(page, '#connection', /^Live$/);
    await expect.poll(() => page.locator('[data-disconnected]').count()).toBe(0);
    expect(await page.locator('.said').textContent()).toBe('');
    await page.locator('button', { hasText: 'Pause fleet' }).click();
    await text(page, '.said', /^The fleet is paused/);
  });

  it('an answer that is not JSON is a sentence as well', async () => {
    const console = await view.console();
    const page = await view.open(console, { at: '#/demo' });
    const button = page.locator('#presets button', { hasText: 'SNS down' });
    // The buttons come from the same address.
    await button.waitFor();
    await page.route('**/api/control/faults', (route) => route.fulfill({ status: 503, body: 'Starting' }));
    await button.click();
    await text(page, '.said', /^The server has answered with HTTP 503$/);
  });
});

describe.skipIf(!executable)('without scripts', () => {
  const view = useBrowser();

  it('there is a notice and nothing else', async () => {
    const page = await view.open(await view.console(), { javaScriptEnabled: false });
    expect(await page.locator('noscript').textContent()).toMatch(/^\s*This page needs JavaScript\./);
    for (const selector of ['main', 'nav', '#connection'])
      expect(await page.locator(selector).isVisible()).toBe(false);
    const { x, width } = (await page.locator('noscript .card').boundingBox()) ?? { x: 0, width: 0 };
    expect(x).toBeGreaterThanOrEqual(12);
    expect(x + width).toBeLessThanOrEqual(1280 - 12);
    await page.locator('noscript a').first().click();
    await text(page, 'h1', /^Inbox/);
    expect(await page.locator('main').isVisible()).toBe(true);
  });
});

describe.skipIf(!executable)('while the server answers slowly, or with errors', () => {
  const view = useBrowser();

  it('no view says that there is nothing, and every one has its title', async () => {
    const console = await view.console();
    console.read([['north', 'dev-1']], Date.now());
    const page = await view.open(console, { at: 'api/lake' });
    let answer: (() => void) | undefined;
    const failed = new Promise<void>((done) => {
      answer = done;
    });
    await page.route(/\/api\/(?!events)/, async (route) => {
      await failed;
      await route.fulfill({ status: 500, json: { message: 'It broke' } });
    });
    await page.goto(`${console.url}#/silences`);
    await text(page, '#silence-list', /^Looking …$/);
    for (const [route, title, selector] of [
      ['fleet', 'Fleet', '#fleet-charts'],
      ['rules', 'Rules', '#rules'],
      ['edit-rules', 'Edit rules', '#rules-editor'],
      ['incidents', 'Incidents', '#incident-list'],
    ] as const) {
      await page.goto(`${console.url}#/${route}`);
      await text(page, selector, /^Looking/);
      await expect.poll(() => page.locator('#page-title').textContent()).toBe(title);
    }
    answer?.();
    await text(page, '#incident-list', /^It broke$/);
    await page.goto(`${console.url}#/devices/north/dev-1?last=1h`);
    await text(page, '#device-charts', /^It broke$/);
    await page.goto(`${console.url}#/queries`);
    await text(page, '#history-result', /It broke/);
    await expect.poll(() => page.locator('#page-title').textContent()).toBe('History');
    await page.unroute(/\/api\/(?!events)/);
    await page.goto(`${console.url}#/incidents`);
    await text(page, '#incident-list', /^Nothing has gone wrong/);
  });
});

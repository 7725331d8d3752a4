/** The page in the hands of somebody in a hurry, with what people write in any script and at any length. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { formatTimestamp } from '../../services/contract/time.ts';
import { fakeAthena } from './support/athena.ts';
import { alertOf, incidentId, stateItem } from './support/console.ts';
import { executable, text, useBrowser } from './support/view.ts';

const NAME = 'W'.repeat(80);
/** Without a place to break it, and with a sign that turns what follows it. */
const COMMENT = `מאוורר ‮ תקוע ${'longwordwithoutanybreak'.repeat(20)}`;

const widthOf = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth');

describe.skipIf(!executable)('in a hurry', () => {
  const view = useBrowser();

  it('two clicks are one question, one fault, one end of a silence', async () => {
    const console = await view.console();
    let asked = 0;
    const answer = fakeAthena([{ name: 'fleet-now', sql: 'SELECT 1' }]);
    console.shown.athena = async (operation, body) => {
      if (operation === 'StartQueryExecution' && body.QueryString === 'SELECT 1') asked += 1;
      return answer(operation, body);
    };
    const now = Date.now();
    await console.shown.desk.silences.add({
      ...{ matchers: { sites: ['north'] }, author: NAME, comment: COMMENT },
      created_at: formatTimestamp(now),
      ...{ starts_at: formatTimestamp(now), ends_at: formatTimestamp(now + 3_600_000) },
    });
    const page = await view.open(console, { at: '#/queries' });
    const posts: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') posts.push(new URL(request.url()).pathname);
    });
    await page.locator('#history-saved button').first().waitFor();
    await page.locator('button', { hasText: 'Run query' }).dblclick();
    await text(page, '#history-result td', /^fleet-now$/);
    expect(asked).toBe(1);
    await page.locator('nav a', { hasText: 'Demo' }).click();
    await page.locator('#presets button', { hasText: 'SNS down' }).dblclick();
    await text(page, '#faults', /SNS down/);
    await page.locator('nav a', { hasText: 'Silences' }).click();
    await page.locator('#silence-list button', { hasText: 'End' }).dblclick();
    await text(page, '#silence-list tr', /over/);
    expect(posts).toEqual(['/api/query', '/api/control/faults', '/api/end-silence']);
  });

  it('what people write is whole in the narrowest window, and turns nothing but itself', async () => {
    const console = await view.console();
    const at = Date.now() - 60_000;
    const closed = { closed_by: NAME, comment: COMMENT };
    console.shown.alerts.push(
      alertOf('dev-1', 'firing', at),
      alertOf('dev-1', 'resolved', at + 9_000, closed),
    );
    const page = await view.open(console, { at: `#/incidents/${incidentId('north', 'dev-1')}` });
    await text(page, '#incident .notice', /^Closed by W/);
    expect(await page.locator('#incident .notice bdi').allTextContents()).toEqual([NAME, COMMENT]);
    await page.setViewportSize({ width: 320, height: 800 });
    await expect.poll(() => widthOf(page)).toBeLessThanOrEqual(320);
    const tooWide = `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.notice'))`;
    expect(await page.evaluate<number>(tooWide)).toBeLessThanOrEqual(1);
  });

  it('the age of an open incident goes on while nothing happens to it', async () => {
    const console = await view.console();
    const at = Date.now() - 4_000;
    console.shown.alerts.push(alertOf('dev-1', 'firing', at));
    await console.putItem(stateItem('north', 'dev-1', at));
    const page = await view.open(console, { at: `#/incidents/${incidentId('north', 'dev-1')}` });
    const age = page.locator('#incident [data-started]');
    await age.waitFor();
    const first = await age.textContent();
    console.read([['north', 'dev-1']], Date.now());
    await expect.poll(() => age.textContent()).not.toBe(first);
  });

  it('a site that is not among the devices kept here is the one that is chosen', async () => {
    const console = await view.console();
    console.read([['north', 'dev-1']], Date.now());
    const page = await view.open(console, { at: '#/sites/south' });
    await text(page, '#fleet-title', /^Site south$/);
    await expect.poll(() => page.locator('#site').inputValue()).toBe('south');
  });
});

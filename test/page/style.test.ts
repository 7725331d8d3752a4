/** The page for who wants larger text, forces colours, or prints it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeAthena } from './support/athena.ts';
import { alertOf, incidentId, stateItem } from './support/console.ts';
import { executable, text, useBrowser } from './support/view.ts';

const PAGE = resolve(import.meta.dirname, '../../infra/local/console/page');
const files = (ending: string) =>
  readdirSync(PAGE)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ name, text: readFileSync(join(PAGE, name), 'utf8') }));

describe('text', () => {
  it('has the size that a browser is set to: nothing gives one in pixels', () => {
    for (const { name, text } of files('.css')) expect(text, name).not.toMatch(/font(-size)?:[^;}]*\dpx/);
    for (const { name, text } of files('.js')) expect(text, name).not.toMatch(/\dpx system-ui/);
  });
});

describe('what moves for as long as the page is open', () => {
  it('moves in steps: each frame of a smooth motion is drawn, sixty a second', () => {
    const endless = files('.css').flatMap(
      ({ text }) => text.match(/animation:[^;]*\binfinite\b[^;]*/g) ?? [],
    );
    expect(endless).not.toEqual([]);
    for (const motion of endless) expect(motion).toMatch(/\bsteps\(\d\)/);
  });
});

describe.skipIf(!executable)('the page', () => {
  const view = useBrowser();

  it('shows what is chosen where the colours are forced', async () => {
    const console = await view.console();
    console.read([['north', 'dev-1']], Date.now());
    const page = await view.open(console, { at: '#/fleet', forcedColors: 'active' });
    await page.locator('#metric-cpu').waitFor();
    const looks = (id: string) =>
      page.evaluate<string[]>(`(({ backgroundColor, color }) => [backgroundColor, color])(
        getComputedStyle(document.getElementById(${JSON.stringify(id)})))`);
    const [chosen, other] = [await looks('metric-temperature'), await looks('metric-cpu')];
    expect(chosen[0]).not.toBe(other[0]);
    expect(chosen[0]).not.toBe(chosen[1]);
  });

  it('is whole on paper, and has nothing there to press', async () => {
    const console = await view.console();
    const sql = Array.from({ length: 40 }, (_, i) => `SELECT ${i} AS x`).join(' UNION ALL\n');
    console.shown.athena = fakeAthena([
      { name: 'fleet-now', sql, rows: Array.from({ length: 60 }, () => ['x']) },
    ]);
    const page = await view.open(console, {
      at: '#/queries/fleet-now',
      viewport: { width: 800, height: 600 },
    });
    await text(page, '#history-result td', /./);
    await page.emulateMedia({ media: 'print' });
    const isCut = (selector: string) =>
      page.evaluate<boolean>(`(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 2)(
        document.querySelector(${JSON.stringify(selector)}))`);
    expect(await isCut('#sql')).toBe(false);
    expect(await isCut('#history-result .scroll')).toBe(false);
    const shown = (selector: string) => page.locator(selector).filter({ visible: true }).allTextContents();
    expect(await shown('button:not([aria-pressed="true"])')).toEqual([]);
    expect(await shown('nav a')).toEqual([]);
  });

  it('has the whole of a name that a row cuts off in its tip', async () => {
    const console = await view.console();
    const [name, at] = ['W'.repeat(64), Date.now() - 60_000];
    console.shown.alerts.push(alertOf(name, 'firing', at));
    await console.putItem(stateItem('north', name, at));
    const page = await view.open(console, { viewport: { width: 320, height: 700 } });
    await page.locator('.incident').waitFor();
    expect(await page.locator('.incident-name').getAttribute('title')).toBe(name);
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    await page.goto(`${console.url}#/incidents/${incidentId('north', name)}`);
    await text(page, '#incident h2', /W{64}/);
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
  });
});

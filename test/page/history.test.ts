/** The History section: an answer belongs to its query. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type FakeQuery, fakeAthena } from './support/athena.ts';
import { executable, text, useBrowser } from './support/view.ts';

const SITES = [
  ['north', '1'],
  ['south', '2'],
];
const FLEET: FakeQuery = { name: 'fleet-now', sql: 'SELECT 1', columns: ['site', 'value'], rows: SITES };
const DEVICE: FakeQuery = { name: 'device', sql: 'SELECT ?', parameters: ['DEVICE_ID', 'RULE'] };
const WRONG: FakeQuery = { name: 'wrong', sql: 'SELECT 3', reason: 'COLUMN_NOT_FOUND: x' };

const choose = (page: Page, name: string) =>
  page.locator('#history-saved button', { hasText: new RegExp(`^${name}$`) }).click();

describe.skipIf(!executable)('the answer to a query', () => {
  const view = useBrowser();
  async function open(...queries: FakeQuery[]): Promise<Page> {
    const console = await view.console();
    console.shown.athena = fakeAthena(queries);
    return view.open(console, { at: '#/queries' });
  }

  it('is gone, with its chart, when a saved query with parameters is chosen', async () => {
    const page = await open(FLEET, DEVICE);
    await choose(page, 'fleet-now');
    await text(page, '#history-result td', /north/);
    await page.locator('#history-result .bar-chart').waitFor();
    await choose(page, 'device');
    await text(page, '#history-result', /^device needs DEVICE_ID and RULE: fill in, then run it\.$/);
    expect(await page.locator('#history-result :is(table, figure, .bar-chart, .facts)').count()).toBe(0);
    await page.locator('#history-parameters input').first().fill('dev-3');
    await page.locator('#history-parameters input').last().fill('hot');
    await page.locator('button', { hasText: 'Run query' }).click();
    await text(page, '#history-result td', /^device$/);
  });

  it('has an address with its values, a file, and a place among the queries run before', async () => {
    const page = await open(FLEET, DEVICE);
    const base = page.url().split('#')[0];
    await page.goto(`${base}#/queries/device?DEVICE_ID=dev-3&RULE=hot`);
    await text(page, '#history-result td', /^device$/);
    expect(await page.locator('#history-parameters input').first().inputValue()).toBe('dev-3');
    const file = await page.locator('#history-result a', { hasText: 'All rows as CSV' }).getAttribute('href');
    const csv = await page.evaluate<string>(`fetch(${JSON.stringify(file)}).then((answer) => answer.text())`);
    expect(csv).toBe('name\r\ndevice\r\n');
    await choose(page, 'fleet-now');
    await text(page, '#history-result td', /north/);
    expect(page.url()).toMatch(/#\/queries\/fleet-now$/);
    await page.goBack();
    await text(page, '#history-result td', /^device$/);
    await page.locator('#history-past summary').click();
    await page.locator('#history-list a', { hasText: 'fleet-now' }).click();
    await text(page, '#history-result td', /north/);
    // A link runs no query that nobody has seen.
    await page.goto(`${base}#/queries?sql=SELECT+3`);
    await text(page, '#history-result', /^From the address: read it, then run it\.$/);
    expect(await page.locator('#sql').inputValue()).toBe('SELECT 3');
  });

  it('is gone when it was an error, too', async () => {
    const page = await open(WRONG, DEVICE);
    await choose(page, 'wrong');
    await text(page, '#history-result .error', /COLUMN_NOT_FOUND/);
    await choose(page, 'device');
    await text(page, '#history-result', /^device needs/);
    expect(await page.locator('#history-result .error').count()).toBe(0);
  });

  it('says that the query has changed since, until the query is what it was or runs again', async () => {
    const page = await open(FLEET, DEVICE, WRONG);
    const stale = page.locator('#history-stale');
    await choose(page, 'fleet-now');
    await text(page, '#history-result td', /north/);
    expect(await stale.isVisible()).toBe(false);
    await page.locator('#sql').fill('SELECT 3');
    await stale.waitFor();
    await page.locator('#sql').fill('SELECT 1');
    await stale.waitFor({ state: 'hidden' });
    await page.locator('#sql').fill('SELECT 3');
    await page.locator('#sql').press('Control+Enter');
    await text(page, '#history-result .error', /COLUMN_NOT_FOUND/);
    expect(await stale.isVisible()).toBe(false);
    expect(await page.locator('#history-result table').count()).toBe(0);
    await choose(page, 'device');
    // `all()` and `count()` do not wait: without this they may see the inputs of the query before.
    await text(page, '#history-result', /^device needs/);
    for (const input of await page.locator('#history-parameters input').all()) await input.fill('a');
    await page.locator('#history-parameters input').first().press('Enter');
    await text(page, '#history-result td', /^device$/);
    await page.locator('#history-parameters input').first().fill('b');
    await stale.waitFor();
  });

  it('never replaces that of a query which was run or chosen after it', async () => {
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const page = await open({ name: 'slow', sql: 'SELECT 9', until }, FLEET, DEVICE);
    const answered = () =>
      page.waitForResponse(
        (response) =>
          response.url().endsWith('/api/query') && response.request().postData()?.includes('9') === true,
      );
    const slow = answered();
    await choose(page, 'slow');
    await text(page, '#history-result', /^Running …$/);
    await choose(page, 'fleet-now');
    await text(page, '#history-result td', /north/);
    const slowToo = answered();
    await choose(page, 'slow');
    await choose(page, 'device');
    await text(page, '#history-result', /^device needs/);
    release();
    for (const response of await Promise.all([slow, slowToo])) await response.finished();
    await page.evaluate('new Promise((done) => setTimeout(done))');
    expect(await page.locator('#history-result').textContent()).toMatch(/^device needs/);
  });

  it('with more rows than are shown says how many those are', async () => {
    const rows = Array.from({ length: 501 }, (_, i) => [`dev-${i}`]);
    const page = await open({ name: 'many', sql: 'SELECT 5', rows });
    await choose(page, 'many');
    await text(page, '#history-result .facts', /^Rowsthe first 500/);
    // Heard, without five hundred rows being read out.
    await expect.poll(() => page.locator('#history-said').textContent()).toBe('The first 500 rows');
    expect(await page.locator('#history-result').getAttribute('aria-live')).toBeNull();
  });
});

/** Every view and address, of `npm start` and of `npm run page` with a stack behind it that is the emulator's. */
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PageState } from '../../infra/local/console/page-state.ts';
import { violationsOf } from './support/axe.ts';
import { type BothSources, openBothSources, type Source } from './support/both-sources.ts';
import { executable, openWatchedPage, PATIENCE, sharedBrowser } from './support/view.ts';

describe.skipIf(!executable)('views and addresses', () => {
  let both: BothSources;
  let page: Page;
  let problems: string[];
  let foreign: string[];

  beforeAll(async () => {
    const [opened] = await Promise.all([openBothSources(), sharedBrowser()]);
    both = opened;
    ({ page, problems, foreign } = await openWatchedPage((address) =>
      both.sources.some(({ url }) => address.startsWith(url)),
    ));
  }, 120_000);
  afterAll(async () => {
    await page?.context().close();
    await both?.close();
  });

  const text = (selector: string, pattern: RegExp) =>
    page.locator(selector, { hasText: pattern }).first().waitFor(PATIENCE);

  describe.each(['npm start', 'npm run page'] as const)('of %s', (name) => {
    let source: Source;
    beforeAll(() => {
      source = both.source(name);
    });
    // A test that fails half-way must not leave its dialog on top of the next test's buttons.
    afterEach(() => page.evaluate("document.getElementById('dialog').close()"));
    const go = (route: string) => page.goto(`${source.url}#/${route}`);

    it('incidents are found by words and filters, which are in the address', async () => {
      await go('incidents');
      await text('#connection', /^Live$/);
      await text('.incident', /dev-5firing · critical.*temperature-high/);
      await page.fill('#incident-search', source.device);
      await expect.poll(() => page.url(), PATIENCE).toContain(`search=${source.device}`);
      await expect.poll(() => page.locator('.incident').count(), PATIENCE).toBe(1);
      await page.reload();
      await text('.incident', new RegExp(`${source.device}firing · critical`));
      await page.selectOption('#incident-state', 'open');
      await expect.poll(() => page.url(), PATIENCE).toContain('state=open');
    });

    it('incidents that are over are found as well, with how many there are', async () => {
      await go('incidents');
      await page.selectOption('#incident-state', 'resolved');
      await expect.poll(() => page.url(), PATIENCE).toContain('state=resolved');
      await page.fill('#incident-search', 'dev-6');
      await text('.incident', /dev-6resolved · critical.*temperature-high.*after \d/);
      await expect.poll(() => page.locator('.incident').count(), PATIENCE).toBe(1);
      await page.reload();
      await text('.incident', /dev-6resolved/);
      const lake = page.locator('#incident-lake');
      if (source.isLive) expect(await lake.textContent()).toBe('');
      else {
        await lake.locator('a', { hasText: /^day$/ }).click();
        await text('#incident-lake', /^Of the last day .* from the lake as of .* scanned, \$0\.00005/);
        await text('.incident', /dev-6resolved/);
      }
      await page.locator('.incident a', { hasText: 'dev-6' }).click();
      await text('#incident .timeline', /firing.*resolved/);
    });

    it('an incident has its readings, what happened, and who was told', async () => {
      await go('incidents?search=dev-5');
      await page.locator('#incident-list .incident a', { hasText: 'dev-5' }).first().click();
      await text('#incident h2', /temperature-high on dev-5/);
      await text('#incident .timeline', /firing/);
      await text('#incident-charts', /readings?, in the lake up to /);
      await page.locator('#incident-charts figure[aria-label*="critical 90"]').first().waitFor();
      await text('#incident-channels li', /(firing|escalated) to ops \(webhook\): answered 200/);
      const address = page.url();
      expect(address).toMatch(/#\/incidents\/[0-9a-f]{24}$/);
      await page.reload();
      await text('#incident h2', /temperature-high on dev-5/);
      await page.goBack();
      await text('.incident', /dev-5/);
    });

    it('a device has its metrics, gaps, incidents and what is learnt of it', async () => {
      await go('devices/north/dev-3?last=1h');
      await text('#device-view h2', /^dev-3$/);
      await expect.poll(() => page.locator('#device-charts canvas').count(), PATIENCE).toBe(4);
      await text('#device-gaps', /10|11/);
      await text('#device-refused', /Every reading of this time was evaluated/);
      await text('#device-incidents', /None of dev-3 is kept/);
      await text('#device-model', /nothing yet|learning until/);
      await go('devices/north/dev-5?last=1h');
      await text('#device-incidents', /temperature-high/);
    });

    it('a site and the fleet are there over a range of time', async () => {
      await go('fleet?last=1h');
      await text('#fleet-charts', /readings of \d devices/);
      await go('sites/north?last=1h');
      await text('#fleet-title', /^Site north$/);
      await expect.poll(() => page.locator('#fleet-charts canvas').count(), PATIENCE).toBe(4);
    });

    it('rules are those that are deployed', async () => {
      await go('rules');
      await text('#rules tr', /temperature-high.*temperature > 80 \(warning\), 90 \(critical\) °C/);
      await page.locator('#rules a', { hasText: 'device-silent' }).click();
      await text('#rules', /a device sends nothing for 5m/);
    });

    it('a query has its answer and its price, at an address', async () => {
      await go('queries/fleet-now');
      await text('#history-result .facts', /Rows.*Scanned.*Time.*\$0\.00005/);
      expect(await page.locator('#history-result tbody tr').count()).toBeGreaterThan(0);
      await go('queries');
      await page.fill('#sql', 'SELECT nothing FROM readings');
      await page.locator('#sql').press('Control+Enter');
      await text('#history-result .error', /COLUMN_NOT_FOUND/);
    });

    it('takes an acknowledgement, a silence and a request to close', async () => {
      await go(`incidents?search=${source.device}`);
      await page.locator('#incident-list .incident[data-state=firing] a', { hasText: source.device }).click();
      const press = (label: string, within = '#incident') =>
        page
          .locator(`${within} button`, { hasText: new RegExp(`^${label}$`) })
          .first()
          .click();
      await press('Acknowledge');
      await page.getByLabel('Your name').fill('Ann');
      await page.getByLabel('Comment').fill('on my way');
      await press('Acknowledge', '#dialog');
      await text('#incident .notice', /^Acknowledged by Ann: on my way, /);
      await text('#incident .timeline', /acknowledged by Ann: on my way/);
      await press('Silence');
      await page.getByLabel('What').selectOption({ label: `everything on ${source.device}` });
      await page.getByLabel('Comment').fill('disk swap');
      await press('Silence', '#dialog');
      await text('#incident .notice', /^Silenced by Ann: disk swap, until /);
      await page.locator('#incident .notice a').click();
      await text('#silence-list tr', new RegExp(`^activeeverything on ${source.device} at `));
      await page.locator('#silence-list tr', { hasText: source.device }).locator('button').click();
      await text('#silence-list tr', /^over/);
      await page.goBack();
      await press('Close');
      await page.getByLabel('Comment').fill('swapped');
      await press('Close it', '#dialog');
      await text('#incident .notice', /^(To be closed, by|Closed by) Ann: swapped/);
    });

    it('says so at an address of nothing', async () => {
      await go('nothing/here');
      await text('#unknown', /There is nothing at this address/);
    });
  });

  describe('of a stack that somebody else runs', () => {
    const go = (route: string) => page.goto(`${both.source('npm run page').url}#/${route}`);

    it('have what can be read of it, and nothing that cannot', async () => {
      await go('incidents');
      await text('#incident-list .incident', /dev-5/);
      const pages = await page.locator('nav a').filter({ visible: true }).allTextContents();
      expect(pages).toEqual(['Incidents', 'Fleet', 'Rules', 'Silences', 'History', 'Health']);
      for (const absent of ['#answers', '#pipeline', '#about'])
        expect(await page.locator(absent).isVisible()).toBe(false);
      await go('rules');
      await text('#rules td', /temperature > 80/);
      expect(await page.locator('#rules a', { hasText: 'Edit' }).count()).toBe(0);
      await go('edit-rules');
      await text('#rules-editor', /Rules are only shown here/);
      for (const absent of ['demo', 'mails', 'pipeline']) {
        await go(absent);
        await text('#unknown', /There is nothing at this address/);
      }
    });

    it('show its alarms with what they measure', async () => {
      await go('health');
      await text('.alarm', /^Iterator age (ok|no data)The detector is behind/);
      await text('#health-note', /No alarm rings.*asks for \d+ metrics: \$0\.000\d/);
      expect(await page.locator('.alarm').count()).toBeGreaterThan(15);
      expect(await violationsOf(page)).toEqual([]);
    });

    it('read a site live for some minutes, only when somebody asks', async () => {
      await go('sites/north?last=1h');
      await page.locator('#fleet .live-readings button', { hasText: 'Read live for 5 minutes' }).click();
      await text('#fleet .live-readings', /Once a second from 1 shard, until /);
      await expect
        .poll(async () => {
          await both.session.send([{ device_id: 'dev-1', timestamp: new Date().toISOString() }]);
          return page.locator('#fleet-charts figure[aria-label*="1 device"]').count();
        }, PATIENCE)
        .toBeGreaterThan(0);
      expect(await violationsOf(page)).toEqual([]);
      await page.locator('#fleet .live-readings button', { hasText: 'Stop' }).click();
      await text('#fleet .live-readings', /of the five reads a second/);
    });
  });

  it('ask for nothing that people on call may not do', async () => {
    const url = both.source('npm start').url;
    const denied = async () => {
      const { notices } = (await both.ask(url, 'api/status')) as Pick<PageState, 'notices'>;
      return notices.map(({ text: said }) => said).filter((said) => said.startsWith('IAM denies'));
    };
    expect(await denied()).toEqual([]);
    // With the same credentials, something that they are not for.
    const client = new KinesisClient({ region: 'us-east-1', maxAttempts: 1 });
    const { StreamName } = both.session.runtime.outputs;
    const record = { StreamName, PartitionKey: 'north', Data: Buffer.from('x') };
    await expect(client.send(new PutRecordCommand(record))).rejects.toThrow(/not authorized to perform/);
    expect(await denied()).toHaveLength(1);
    client.destroy();
  });

  it('cause no error, load nothing from elsewhere, and are never out of date', () => {
    // The browser itself logs the request for a rules file, which a page without one does not have.
    expect(problems.filter((one) => !one.includes('404 (Not Found)'))).toEqual([]);
    expect(foreign).toEqual([]);
    expect(both.said).toEqual([]);
  });
});

/** The page's numbers in a storm and after a restart: they are what is kept, however much of it is listed. */
import { describe, expect, it } from 'vitest';
import { alertOf, incidentId, stateItem, type TestConsole } from './support/console.ts';
import { executable, text, useBrowser } from './support/view.ts';

const OPEN = 500;
const DEVICES = 5_000;
const fleet = Array.from({ length: DEVICES }, (_, i) => [`site-${i % 50}`, `dev-${i + 1}`] as const);

/** An incident, open for half a minute, in table and alert log. */
async function fire(console: TestConsole, site: string, device: string, atMs: number): Promise<void> {
  await console.putItem(stateItem(site, device, atMs));
  console.shown.alerts.push(alertOf(device, 'firing', atMs, { site_id: site }));
}

describe.skipIf(!executable)('in a storm', () => {
  const view = useBrowser();

  it(`${OPEN} open incidents are ${OPEN} and ${DEVICES} devices are ${DEVICES}, wherever they are counted`, async () => {
    const console = await view.console();
    const now = Date.now();
    console.read(fleet, now);
    for (const [i, [site, device]] of fleet.slice(0, OPEN).entries())
      await fire(console, site, device, now - 30_000 + i);
    const page = await view.open(console);
    await text(page, '#answer-firing', /^What is firing\?500 firing.*, \+499$/);
    expect(await page.title()).toBe('(500) Streamwatch');
    expect(await page.locator('#announce').textContent()).toMatch(/^500 firing: /);
    await text(page, '#incidents-note', /^500 firing$/);
    await text(page, '#incident-pages', /^1–50 of 500/);
    expect(await page.locator('.incident').count()).toBe(50);
    await text(page, '#stage-topic', /500 open incidents/);
    await text(page, '#stage-fleet', /5,000 devices/);
    await page.locator('nav a', { hasText: 'Fleet' }).click();
    await text(page, '#fleet-limits', /^2,000 of 5,000 devices are shown\. The newest 200 of 500 open/);
    await page.locator('#fleet-table summary').click();
    await text(page, '#fleet-rows', /200 of 5,000 devices shown$/);
    await page.locator('nav a', { hasText: 'Incidents' }).click();
    // The rate needs a second sample.
    console.shown.counts.received += DEVICES;
    await text(page, '#answer-flow', /readings\/sfrom 5,000 devices/);
    // The storm goes on, and abates.
    for (const [site, device] of fleet.slice(OPEN, OPEN + 1_000)) await fire(console, site, device, now);
    await text(page, '#answer-firing', /1,500 firing/);
    for (const [site, device] of fleet.slice(0, 1_497))
      await console.putItem(stateItem(site, device, now, { state: 'recovering' }));
    await text(page, '#incidents-note', /^3 firing, 1,497 recovering$/);
    await text(page, '#incident-pages', /^1–50 of 1,500/);
    expect(await page.title()).toBe('(3) Streamwatch');
  });

  it('counts alerts that wait for the topic, and those of a digest, one by one', async () => {
    const console = await view.console();
    const now = Date.now();
    for (const [site, device] of fleet.slice(0, 300)) {
      const outbox = [alertOf(device, 'firing', now, { site_id: site })];
      await console.putItem(stateItem(site, device, now, { outbox }));
    }
    const page = await view.open(console);
    await text(page, '#stage-topic', /300 alerts waiting/);
    await text(page, '#pipeline-note', /^300 alerts waiting to be published$/);
    await text(page, '#answer-firing', /300 firing/);
    console.shown.alerts.push(
      ...fleet.slice(0, 300).map(([site_id, device]) => alertOf(device, 'firing', now, { site_id })),
    );
    await text(page, '#stage-topic', /300 open incidents/);
    expect(await page.locator('#pipeline-note').textContent()).toBe('');
  });
});

describe.skipIf(!executable)('after a restart', () => {
  const view = useBrowser();

  it('nothing that is kept is said to be empty, and what is counted since the start says so', async () => {
    const console = await view.console();
    const then = Date.now() - 3_600_000;
    for (let i = 0; i < 24; i += 1) console.putObject(`readings/dt=2026-01-31/hour=09/${i}.parquet`, 'PAR1');
    for (const device of ['dev-3', 'dev-5']) {
      console.shown.alerts.push(alertOf(device, 'firing', then));
      console.leaveItem(stateItem('north', device, then));
    }
    // Its alert is older than what the log keeps; the table knows of it.
    console.leaveItem(stateItem('north', 'dev-7', then, { severity: 'warning' }));
    const page = await view.open(console);
    await text(page, '#answer-stored', /24 filesnone since the start/);
    await text(page, '#stage-lake', /24 filesnone since start/);
    await text(page, '#answer-firing', /3 firing/);
    await text(page, '#stage-topic', /3 open incidents0 since the start/);
    await text(page, '#answer-late', /no run since the start/);
    await text(page, '#stage-detector', /no runsince the start/);
    await text(page, '#answer-flow', /Not yetnone since the start/);
    await text(page, '.incident', /dev-7firing · warning/);
    await page.locator('nav a', { hasText: 'Pipeline' }).click();
    await text(page, '#lake-note', /^24 files, 96 B$/);
    expect(await page.locator('main').textContent()).not.toMatch(/No file yet|has not run yet|first file/);
    // From now on there is something since the start.
    Object.assign(console.shown.counts, { inLake: 120, received: 130, pending: 10 });
    await text(page, '#answer-stored', /120 readingssince the start, 10 on their way/);
    await text(page, '#stage-lake', /120 readingssince the start/);
  });

  it('goes by the state table: an incident that was ended by hand is not firing', async () => {
    const console = await view.console();
    const now = Date.now();
    for (const device of ['dev-1', 'dev-2']) {
      console.shown.alerts.push(alertOf(device, 'firing', now - 600_000));
      console.leaveItem(stateItem('north', device, now - 600_000));
    }
    const page = await view.open(console);
    await text(page, '#incidents-note', /^2 firing$/);
    await console.deleteItem(stateItem('north', 'dev-1', now));
    await text(page, '#incidents-note', /^1 firing, 1 resolved$/);
    await text(page, '.incident[data-state=resolved]', /dev-1.*ended by hand/);
    await page.locator('.incident a', { hasText: 'dev-1' }).click();
    await text(page, '#incident', /Durationended by hand, so its end is not known/);
    await text(page, '#incident code', new RegExp(incidentId('north', 'dev-1')));
  });

  it('another run, whose counts begin at zero, has no rate below zero', async () => {
    const console = await view.console();
    Object.assign(console.shown.counts, { received: 1_000, evaluated: 1_000 });
    console.read([['north', 'dev-1']], Date.now());
    const page = await view.open(console);
    await text(page, '#stage-stream', /flowing/);
    Object.assign(console.shown.counts, { received: 10, evaluated: 10 });
    const rates: string[] = [];
    for (let seen = 0; seen < 3; seen += 1) {
      const ticks = await page.evaluate<number>(`performance.getEntriesByName('tick').length`);
      await expect
        .poll(() => page.evaluate<number>(`performance.getEntriesByName('tick').length`))
        .toBeGreaterThan(ticks);
      rates.push(...(await page.locator('.arrow span').allTextContents()));
    }
    expect(rates.filter((rate) => rate.includes('-'))).toEqual([]);
  });
});

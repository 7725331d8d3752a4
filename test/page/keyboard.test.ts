/** The page by keyboard alone, while what it shows changes: the focus is never lost. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { violationsOf } from './support/axe.ts';
import { alertOf, incidentId, stateItem, type TestConsole } from './support/console.ts';
import { executable, PATIENCE, text, useBrowser } from './support/view.ts';

/** What the element with the focus says, or is called. */
const focused = (page: Page) =>
  page.evaluate<string>(`(({ ariaLabel, tagName, textContent }) =>
    tagName === 'BODY' ? 'nothing' : ariaLabel || textContent)(document.activeElement)`);
const focusIs = (page: Page, expected: string) => expect.poll(() => focused(page), PATIENCE).toBe(expected);
/** As often as it takes, but not round the whole page. */
async function tabTo(page: Page, expected: string): Promise<void> {
  for (let steps = 0; steps < 40 && (await focused(page)) !== expected; steps += 1)
    await page.keyboard.press('Tab');
  expect(await focused(page)).toBe(expected);
}

/** It gets worse, which changes everything that is shown of it. */
async function worsen(console: TestConsole, device: string, atMs: number, peak: string): Promise<void> {
  const item = stateItem('north', device, atMs);
  await console.putItem({ ...item, ...{ peak: { N: peak } } });
}

describe.skipIf(!executable)('by keyboard alone', () => {
  const view = useBrowser();
  const at = Date.now() - 60_000;

  async function withIncidents(): Promise<TestConsole> {
    const console = await view.console();
    for (const device of ['dev-1', 'dev-2']) {
      console.shown.alerts.push(alertOf(device, 'firing', at));
      await console.putItem(stateItem('north', device, at));
    }
    return console;
  }

  it('a list that changes leaves the focus where it is', async () => {
    const console = await withIncidents();
    const page = await view.open(console);
    await page.locator('.incident').first().waitFor();
    await tabTo(page, 'dev-2');
    await worsen(console, 'dev-2', at, '99.5');
    await text(page, '.incident', /^dev-2.*peak 99\.5/);
    expect(await focused(page)).toBe('dev-2');
    // It moves up in the list, or down.
    await console.putItem(stateItem('north', 'dev-1', at, { state: 'recovering' }));
    await text(page, '.incident:last-child', /^dev-1recovering/);
    await console.putItem(stateItem('north', 'dev-2', at, { state: 'recovering' }));
    await text(page, '.incident', /^dev-2recovering/);
    expect(await focused(page)).toBe('dev-2');
    await page.keyboard.press('Enter');
    await focusIs(page, 'temperature-high on dev-2');
  });

  it('a dialog gives the focus back, also to what was drawn anew behind it', async () => {
    const console = await withIncidents();
    const page = await view.open(console, { at: `#/incidents/${incidentId('north', 'dev-2')}` });
    await text(page, '#incident h2', /dev-2/);
    await tabTo(page, 'Acknowledge');
    await page.keyboard.press('Enter');
    await focusIs(page, 'Your name');
    await page.keyboard.press('Escape');
    await focusIs(page, 'Acknowledge');
    await page.keyboard.press('Enter');
    await focusIs(page, 'Your name');
    await worsen(console, 'dev-2', at, '99.5');
    await text(page, '#incident', /Peak99\.5/);
    await page.keyboard.press('Escape');
    await focusIs(page, 'Acknowledge');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Ann');
    await page.keyboard.press('Enter');
    await expect.poll(() => console.shown.desk.deeds.map(({ by }) => by)).toEqual(['Ann']);
    await focusIs(page, 'Acknowledge');
  });

  it('a deed that is refused can be tried again where the focus is', async () => {
    const console = await withIncidents();
    console.shown.desk.open = new Set();
    const page = await view.open(console, { at: `#/incidents/${incidentId('north', 'dev-1')}` });
    await text(page, '#incident h2', /dev-1/);
    await tabTo(page, 'Close');
    await page.keyboard.press('Enter');
    await focusIs(page, 'Your name');
    await page.keyboard.type('Ann');
    await page.keyboard.press('Tab');
    await page.keyboard.type('swapped');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await text(page, '#dialog [role=alert]', /not open any more/);
    expect(await focused(page)).toBe('Close it');
    expect(await violationsOf(page)).toEqual([]);
  });

  it('a silence is written and ended', async () => {
    const console = await withIncidents();
    const page = await view.open(console, { at: `#/incidents/${incidentId('north', 'dev-1')}` });
    await text(page, '#incident h2', /dev-1/);
    await tabTo(page, 'Silence');
    await page.keyboard.press('Enter');
    await focusIs(page, 'Your name');
    await page.keyboard.type('Ann');
    await page.keyboard.press('Tab');
    await page.keyboard.type('moved');
    await page.keyboard.press('Enter');
    await expect.poll(() => console.shown.desk.kept.size).toBe(1);
    await focusIs(page, 'Silence');
    await page.locator('nav a', { hasText: 'Silences' }).press('Enter');
    await page.locator('#silence-list button').waitFor();
    await tabTo(page, 'End silence-0');
    await page.keyboard.press('Enter');
    await text(page, '#silence-list tr', /over/);
    // Its button is gone.
    await focusIs(page, 'All silences');
  });

  it('a fault is injected and ended', async () => {
    const console = await view.console();
    const page = await view.open(console, { at: '#/demo' });
    await page.locator('#presets button').first().waitFor();
    await tabTo(page, 'SNS down');
    await page.keyboard.press('Enter');
    await text(page, '#faults', /SNS down/);
    expect(await focused(page)).toBe('SNS down');
    // Once more is once too often.
    await page.keyboard.press('Enter');
    await page.keyboard.press('Shift+Tab');
    expect(console.faults.list()).toHaveLength(1);
  });
});

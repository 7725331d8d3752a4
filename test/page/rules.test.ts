/** The rules on the page: what is in force, and the editor with its checks, help, backtest and the one write. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { BacktestIncident, BacktestResult } from '../../infra/cli/backtest-result.ts';
import type { BacktestRequest } from '../../infra/local/console/rules/backtest-process.ts';
import { alertOf, stateItem } from './support/console.ts';
import { executable, PATIENCE, text, useBrowser } from './support/view.ts';

const area = (page: Page) => page.getByLabel('Rules, as JSON');
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const isReady = (page: Page) => text(page, '#rules-status', /^No problem/);
async function edit(page: Page, from: string, to: string): Promise<void> {
  const rules = await area(page).inputValue();
  await area(page).fill(rules.replace(from, to));
}
/** What the cursor stands before. */
const atCursor = (page: Page) =>
  page.evaluate<string>(`(({ value, selectionStart: at }) => value.slice(at, at + 20))(
    document.querySelector('#rules-editor textarea'))`);

const found: BacktestIncident = {
  ...{
    rule: 'temperature-high',
    metric: 'temperature',
    device_id: 'dev-3',
    site_id: 'north',
    severity: 'warning',
  },
  ...{ started_at: '2026-01-31T09:00:00.000Z', fired_at: '2026-01-31T09:00:02.000Z' },
  ...{ ended_at: '2026-01-31T09:10:00.000Z', seen_until: '2026-01-31T10:00:00.000Z', peak: 84.25, emails: 2 },
};

const result = (added: BacktestIncident[]): BacktestResult => ({
  history: {
    readings: 7_200,
    devices: 2,
    from: '2026-01-31T08:00:00.000Z',
    to: '2026-01-31T10:00:00.000Z',
    scannedBytes: 1_500_000,
  },
  comparison: {
    ...{ same: 1, added, emails: { candidate: 6, inForce: 2 } },
    gone: [{ ...found, device_id: '*', metric: null, rule: 'site-silent', peak: 300, ended_at: null }],
    changed: [{ after: found, before: [{ ...found, severity: 'critical', emails: 3 }] }],
    perRule: [
      {
        rule: 'temperature-high',
        incidents: { candidate: 3, inForce: 1 },
        emails: { candidate: 6, inForce: 2 },
      },
    ],
  },
  notices: ['It only teaches'],
});

describe.skipIf(!executable)('rules on the page', () => {
  const view = useBrowser();

  it('are those that run, with what is open and when each fired last; another file is said', async () => {
    const console = await view.console();
    await console.putItem(stateItem('north', 'dev-1', Date.now()));
    console.shown.alerts = [alertOf('dev-1', 'firing', Date.now() - 90_000)];
    writeFileSync(
      console.rulesPath,
      readFileSync(console.rulesPath, 'utf8').replace('"threshold": 80', '"threshold": 79'),
    );
    const page = await view.open(console, { at: '#/rules' });
    await text(
      page,
      '#rules tr',
      /temperature-high.*temperature > 80 \(warning\), 90 \(critical\).*–(?:\d+ s|\d min) ago1$/,
    );
    await text(
      page,
      '#rules .notice',
      /rules\.json differs from what runs: temperature-high changed.*npm start/,
    );
    await page.locator('#rules th a', { hasText: 'disk-full' }).click();
    await text(page, '#rules', /As in services\/detector\/rules\.json.*Last fired: not among/);
    writeFileSync(console.rulesPath, '{');
    await page.locator('#rules .crumbs a').click();
    await text(
      page,
      '#rules .notice',
      /What runs is shown\. The file cannot be used: .*Expected a file of JSON/,
    );
  });

  it('are edited from where somebody looks, with help for the field and problems by path and line', async () => {
    const page = await view.open(await view.console(), { at: '#/rules/cpu-saturated' });
    await page.locator('#rules a', { hasText: 'Edit' }).click();
    await isReady(page);
    expect([page.url().split('#')[1], await atCursor(page)]).toEqual([
      '/edit-rules/cpu-saturated',
      '"name": "cpu-saturat',
    ]);
    await text(page, '.help', /^nameUnique; lower-case letters.*Neededyes$/);
    await area(page).focus();
    for (let line = 0; line < 3; line += 1) await page.keyboard.press('ArrowDown');
    await text(
      page,
      '.help',
      /^thresholdA number, or for "outside".*Rangetemperature -273\.15 to .* °C, cpu 0 to 100 %/,
    );
    await edit(page, '"operator": ">="', '"operator": "=>"');
    await text(page, '#rules-status', /^One problem:$/);
    await text(page, '.problems', /^Line 22 rules\[1\]\.operator: /);
    await text(page, '.line-numbers .wrong', /^22$/);
    await button(page, 'Line 22').click();
    expect(await atCursor(page)).toBe('"operator": "=>",\n  ');
    await edit(page, '"rules": [', '"rules": [,');
    await text(page, '.problems', /^Line 3 Expected a file of JSON/);
    expect(await button(page, 'Try the rules').isDisabled()).toBe(true);
    await page.goto(page.url().replace('cpu-saturated', 'site-silent'));
    await button(page, 'Undo all edits').click();
    await isReady(page);
  });

  it('are typed as in other editors, and the keyboard leads out of the box', async () => {
    const page = await view.open(await view.console(), { at: '#/edit-rules' });
    await isReady(page);
    await area(page).fill('{');
    await page.keyboard.press('Enter');
    await page.keyboard.type('"rules":');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await area(page).inputValue()).toBe('{\n  "rules":\n    ');
    // What is typed in one go is taken back in one; on a busy machine it was two.
    for (let undone = 0; undone < 2 && (await area(page).inputValue()).endsWith(' '); undone += 1)
      await page.keyboard.press('Control+z');
    expect(await area(page).inputValue()).toBe('{\n  "rules":');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.tagName')).not.toBe('TEXTAREA');
  });

  it('are tried on history, until somebody stops it, and an answer belongs to its text', async () => {
    const console = await view.console();
    const asked: BacktestRequest[] = [];
    let stopped = 0;
    const stop = () => {
      stopped += 1;
    };
    let answer: (result: BacktestResult) => void = () => {};
    let refuse: (error: Error) => void = () => {};
    console.shown.backtest = (request, onProgress) => {
      asked.push(request);
      onProgress({ phase: 'replays', done: 3_600, total: 14_400 });
      const result = new Promise<BacktestResult>((done, fail) => {
        [answer, refuse] = [done, fail];
      });
      return { result, stop };
    };
    const page = await view.open(console, { at: '#/edit-rules' });
    await isReady(page);
    await text(page, '#rules-trial', /2\.0 MB in the lake; on AWS it would cost \$0\.00020 at most/);
    await edit(page, '"threshold": 80', '"threshold": 79');
    await text(page, '#rules-status', /temperature-high changed/);
    await page.locator('[data-since="6h"]').click();
    await expect.poll(() => button(page, 'Try the rules').isEnabled(), PATIENCE).toBe(true);
    await button(page, 'Try the rules').press('Enter');
    await text(page, '.trial-progress', /^Replays 14,400 readings …$/);
    expect(await page.evaluate("document.querySelector('progress').value")).toBe(0.25);
    expect(
      asked.map(({ candidate, inForce, since }) => [since, /79/.test(candidate), /79/.test(inForce)]),
    ).toEqual([['6h', true, false]]);
    // By keyboard, the focus is on what can be done next.
    await page.keyboard.press('Enter');
    await text(page, '#trial-result', /^Stopped\.$/);
    await expect.poll(() => stopped, PATIENCE).toBe(1);

    await page.keyboard.press('Enter');
    await text(page, '.trial-progress', /Replays/);
    answer(result([found, found]));
    await text(page, '.verdict', /^6 mails instead of 2 \(\+4\); 1 incident in both/);
    await text(page, '#trial-result p', /^7,200 readings of 2 devices, .*; 1\.5 MB scanned\.$/);
    await text(page, '#trial-result tr', /^temperature-high1326$/);
    await text(page, '#trial-result h3', /^New: 2/);
    await text(page, '#trial-result tr', /^site northsite-silent.*60 min so far.*5 min/);
    await text(
      page,
      '#trial-result tr',
      /^dev-3 at north.*warning instead of critical84\.3 °C2 instead of 3$/,
    );
    const links = page.locator('#trial-result th a');
    expect(await links.first().getAttribute('href')).toBe(
      '#/devices/north/dev-3?from=2026-01-31T08%3A55%3A00Z&to=2026-01-31T09%3A15%3A00Z',
    );
    expect(await page.locator('#rules-trial .stale').isVisible()).toBe(false);
    await edit(page, '"threshold": 79', '"threshold": 78');
    await text(page, '#rules-trial .stale', /^The rules or the time have changed since/);
    await edit(page, '"threshold": 78', '"threshold": 79');
    await expect.poll(() => page.locator('#rules-trial .stale').isVisible(), PATIENCE).toBe(false);
    await page.locator('[data-since="1h"]').click();
    expect(await page.locator('#rules-trial .stale').isVisible()).toBe(true);

    await button(page, 'Try the rules').click();
    await text(page, '.trial-progress', /Replays/);
    refuse(new Error('There are no readings since 2026-01-31 09:00 UTC.'));
    await text(page, '#trial-result .error', /^There are no readings since/);
  });

  it('are written where nobody else has written meanwhile, with the diff and what to type next', async () => {
    const console = await view.console();
    const page = await view.open(console, { at: '#/edit-rules' });
    await isReady(page);
    await text(page, '#rules-changes', /Nothing: the file has exactly this text/);
    await edit(page, '"threshold": 80', '"threshold": 79');
    await text(page, '.diff .minus', /^- {6}"threshold": 80,/);
    await text(page, '.diff .plus', /^\+ {6}"threshold": 79,/);
    // A reload loses nothing.
    await page.reload();
    await text(page, '#rules-status', /temperature-high changed/);
    const before = readFileSync(console.rulesPath, 'utf8');
    writeFileSync(console.rulesPath, before.replace('"threshold": 90', '"threshold": 91'));
    await button(page, /^Write/).click();
    await text(page, '#rules-editor .notice', /has changed on the disk since it was loaded here/);
    expect(readFileSync(console.rulesPath, 'utf8')).not.toContain('79');
    await button(page, /^Keep the edits/).click();
    await text(page, '.diff .minus', /"threshold": 91/);
    await button(page, 'Undo all edits').click();
    await text(page, '#rules-changes', /Nothing: the file has exactly this text/);
    writeFileSync(console.rulesPath, before.replace('"threshold": 90', '"threshold": 92'));
    await edit(page, '"threshold": 80', '"threshold": 79');
    await button(page, /^Load it/).click();
    await text(page, '#rules-changes', /Nothing: the file has exactly this text/);
    expect(await area(page).inputValue()).toMatch(/"threshold": 80.*"threshold": 92/s);

    await edit(page, '"name": "disk-full"', '"name": "disk-nearly-full"');
    await expect.poll(() => button(page, /^Write/).isEnabled(), PATIENCE).toBe(true);
    await button(page, /^Write/).press('Enter');
    await text(
      page,
      'pre.commands',
      /^git commit -m "Rules: add disk-nearly-full; remove disk-full" services\S+\s+npm start$/,
    );
    await text(page, '#rules-changes .diff', /\+ {6}"name": "disk-nearly-full"/);
    // There is nothing left to write: what was written has the focus.
    expect(await page.evaluate('document.activeElement.textContent')).toMatch(/^Written:/);
    expect(readFileSync(console.rulesPath, 'utf8')).toContain('"disk-nearly-full"');
    await page.locator('nav a', { hasText: 'Rules' }).click();
    await text(page, '#rules .notice', /disk-nearly-full new, disk-full removed/);
  });

  it('that cannot be written here have no button for it', async () => {
    const console = await view.console();
    console.shown.isWritable = false;
    const page = await view.open(console, { at: '#/edit-rules' });
    await isReady(page);
    await edit(page, '"threshold": 80', '"threshold": 79');
    await text(page, '#rules-changes', /rules\.json cannot be written from here/);
    expect(await button(page, /^Write/).count()).toBe(0);
  });
});

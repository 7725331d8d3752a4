/** What axe-core objects to: WCAG 2.2 A and AA, and what it calls best practices. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/**
 * Nine tenths of the page are hidden at any time. An object of theirs has no style until axe asks for it, for each of
 * them: half of its time. So what is hidden is left out, and each view is looked at while it is shown.
 */
const HIDDEN = '[hidden]';
const SHOWN_ONLY = `{
  const walk = document.createTreeWalker.bind(document);
  const filter = (one) =>
    one.matches('${HIDDEN}') && !one.checkVisibility() ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
  document.createTreeWalker = (root, what) => walk(root, what, filter);
}`;
const SHOWN = `{ exclude: [...document.querySelectorAll('${HIDDEN}')].filter((one) => !one.checkVisibility()) }`;

const LOADED = "typeof axe === 'object'";
/** Of all rules, the one that depends on colours. */
const CONTRAST = "{ runOnly: ['color-contrast'], resultTypes: ['violations'] }";
const ALL = "{ resultTypes: ['violations'] }";

/** In light with every rule, in dark with what may differ. */
export async function violationsOf(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>(LOADED))) await page.evaluate(axe.source + SHOWN_ONLY);
  const light = await run(page, ALL);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await run(page, CONTRAST);
  await page.emulateMedia({ colorScheme: 'light' });
  return [...light, ...dark.map((one) => `dark: ${one}`)];
}

const run = (page: Page, options: string): Promise<string[]> =>
  page.evaluate(`axe.run(${SHOWN}, ${options}).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + ' ' + failureSummary)))`);

/** Every view of a page that runs, at an address that has something to show. */
import type { Page } from 'playwright-core';
import type { IncidentPage } from '../../../infra/local/console/page-answers.ts';
import type { About, PageState } from '../../../infra/local/console/page-state.ts';

export interface View {
  name: string;
  /** What comes after `#/`. */
  route: string;
  /** What is there when everything is: the last of what comes from the server. */
  shows: string;
}

const LOCAL: View[] = [
  { name: 'mails', route: 'mails', shows: '#inbox-list > *' },
  { name: 'pipeline', route: 'pipeline', shows: '#lake-list > *' },
  { name: 'demo', route: 'demo', shows: '#play button' },
  { name: 'fleet-live', route: 'fleet', shows: '#fleet-charts canvas, #fleet-empty' },
];
const EVERYWHERE: View[] = [
  { name: 'incidents', route: 'incidents', shows: '#incident-list > :not(.waiting)' },
  { name: 'fleet', route: 'fleet?last=15m', shows: '#fleet-charts canvas' },
  { name: 'rules', route: 'rules', shows: '#rules tbody tr' },
  { name: 'silences', route: 'silences', shows: '#silence-list > :not(.waiting)' },
  { name: 'query', route: 'queries/fleet-now', shows: '#history-result :is(table, .error)' },
  { name: 'queries', route: 'queries', shows: '#history-saved button' },
  { name: 'unknown', route: 'nothing/here', shows: '#unknown h2' },
];

/** @param url of the page, with a slash at its end */
export async function everyView(url: string): Promise<View[]> {
  const get = async <T>(path: string) => (await (await fetch(`${url}api/${path}`)).json()) as T;
  const { about } = await get<{ about: About } & Partial<PageState>>('status');
  const { incidents } = await get<IncidentPage>('incidents?limit=200');
  const told = incidents.find(({ device_id, timeline }) => device_id !== '*' && timeline.length > 0);
  const [rule] = about.rules;
  return [
    ...EVERYWHERE,
    ...(about.isLive ? LOCAL : []),
    ...(about.hasHealth ? [{ name: 'health', route: 'health', shows: '.alarm' }] : []),
    ...(rule ? [{ name: 'rule', route: `rules/${rule.name}`, shows: '#rules h2' }] : []),
    ...(about.isLive
      ? [{ name: 'edit-rules', route: 'edit-rules', shows: '#rules-status:not(:empty)' }]
      : []),
    ...viewsOf(told ?? incidents.find(({ device_id }) => device_id !== '*')),
  ];
}

const viewsOf = (one: IncidentPage['incidents'][number] | undefined): View[] =>
  one
    ? [
        { name: 'incident', route: `incidents/${one.id}`, shows: '#incident-charts canvas' },
        {
          name: 'device',
          route: `devices/${one.site_id}/${one.device_id}?last=15m`,
          shows: '#device-charts canvas',
        },
        { name: 'site', route: `sites/${one.site_id}?last=15m`, shows: '#fleet-charts canvas' },
      ]
    : [];

/** Goes there, and waits until everything is there. */
export async function openView(page: Page, url: string, { route, shows }: View): Promise<void> {
  await page.goto(`${url}#/${route}`);
  await page.locator(shows).filter({ visible: true }).first().waitFor({ timeout: 40_000 });
}

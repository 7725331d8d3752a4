/** What a batch asks to be done for its site. Pure, but for the memory of the environment. */
import type { CompiledRule } from './compiled-rule.ts';
import type { SiteBatch } from './decode.ts';
import type { Task } from './fold.ts';
import type { Presence } from './presence.ts';
import { type NextPresence, newsOf, type Silences } from './site-news.ts';
import type { StoredIncident } from './stored-incident.ts';
import {
  closeTasksOf,
  lastPosition,
  newsworthy,
  observe,
  type PlacedRecord,
  silenceTasksOf,
  tasksOf,
} from './tasks.ts';

/** What is stored of a site. */
export interface KnownSite {
  items: readonly StoredIncident[];
  presence: Presence;
}

/** @param silences what the rules about silence have in common; undefined where there are none */
export function workOf(
  site: SiteBatch,
  records: readonly PlacedRecord[],
  { items, presence }: KnownSite,
  rules: readonly CompiledRule[],
  silences: Silences | undefined,
): { tasks: Task[]; next: NextPresence } {
  if (site.outlooks) for (const deviceId of newsworthy(site.outlooks, rules)) site.restless.add(deviceId);
  const observed = observe(site, records, items);
  const tasks = tasksOf(site, observed, items, rules);
  const withCloses = (all: Task[]) => [...all, ...closeTasksOf(all, items, rules)];
  if (silences === undefined || site.memory === undefined) return { tasks: withCloses(tasks), next: {} };
  const position = lastPosition(site, records);
  const { news, next } = newsOf(site, site.memory, presence, items, silences, position.arrived);
  const ofSilence = silenceTasksOf(observed, items, silences.rules, news, position);
  return { tasks: withCloses([...tasks, ...ofSilence]), next };
}

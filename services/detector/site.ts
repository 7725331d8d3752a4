/** Effects on one site's items: fold a batch into them, write what changed, and mark what was sent. */
import type { KinesisStreamRecord } from 'aws-lambda';
import { MAX_CONFLICTS } from './change-item.ts';
import type { CompiledRule } from './compile.ts';
import type { SiteBatch } from './decode.ts';
import { type Folded, foldTask, newItem, type Task } from './fold.ts';
import { isHopeless } from './hopeless.ts';
import { type IncidentStore, KEEP_MS, VersionConflict } from './incident-store.ts';
import type { UnreadableItem } from './item.ts';
import type { Models } from './models.ts';
import { forEachBounded } from './pool.ts';
import type { Undoable } from './set-aside.ts';
import type { NextPresence, Silences } from './site-news.ts';
import { workOf } from './site-work.ts';
import type { StaleAlerts } from './stale.ts';
import { itemKey, type StoredIncident } from './stored-incident.ts';
import type { ListOpen } from './watch-lists.ts';

/** Items of a site that are written at a time. */
export const WRITES_AT_ONCE = 16;

export interface ProcessedSite {
  /** What was folded and, where it changed anything, written: a retry changes nothing in it. */
  folded: Folded[];
  /** Every item of the site with an alert that is not known to be sent, be it of this batch or of one that crashed. */
  unsent: StoredIncident[];
  /** What cannot be done, however often it is tried; everything else of the site is done. */
  undoable: Undoable[];
  /** Items that are no items of ours. */
  unreadable: UnreadableItem[];
  /** What DynamoDB threw at an item that could not be written; there is nothing to send before it is. */
  failure?: { error: unknown };
  /** How many of its incidents are open; undefined where there is nothing to send. */
  open?: number;
  /** Its alerts that wait until it has caught up; undefined where none have. */
  stale?: StaleAlerts | undefined;
  /** What DynamoDB threw at the site's presence, model or reminders. The next batch does it again; nothing is held up by it. */
  lapse?: unknown;
}

/** What every site of a batch is processed with. */
export interface SiteContext {
  records: readonly KinesisStreamRecord[];
  rules: readonly CompiledRule[];
  /** What the rules about silence have in common; undefined where there are none. */
  silences: Silences | undefined;
  store: IncidentStore;
  /** What is usual, where some rule asks for it. */
  models?: Models | undefined;
  /** Undefined where no rule asks for reminders. */
  listOpen?: ListOpen | undefined;
  now: () => number;
  signal: AbortSignal | undefined;
}

/** @throws what DynamoDB throws when the site cannot be read */
export async function processSite(site: SiteBatch, context: SiteContext): Promise<ProcessedSite> {
  const { records, rules, silences, store, models, signal } = context;
  const { siteId, readings } = site;
  const lapses: unknown[] = [];
  const note = (error: unknown) => void lapses.push(error);
  const [{ unreadable, ...known }, look] = await Promise.all([
    store.site(siteId, signal),
    models?.look(siteId, readings, signal).catch(note),
  ]);
  await context.listOpen?.(siteId, known.items, signal).catch(note);
  const { tasks, next } = workOf(
    { ...site, outlooks: look?.folded.outlooks },
    records,
    known,
    rules,
    silences,
  );
  const done = await doTasks(tasks, known.items, context);
  await keepPresence(next, context).catch(note);
  // Incidents first: a model that is not stored looks at the same readings again.
  if (look && done.failure === undefined) await models?.keep(look, signal).catch(note);
  // Only who is told wants to know.
  const open = done.unsent.length > 0 ? { open: countOpen(known.items, done.folded) } : {};
  return { ...done, ...open, stale: known.stale, unreadable, ...(lapses.length > 0 && { lapse: lapses[0] }) };
}

/** @param folded of these items, and new ones, as they are now */
function countOpen(items: readonly StoredIncident[], folded: readonly Folded[]): number {
  const now = new Map(items.map((item) => [itemKey(item), item]));
  for (const { stored } of folded) now.set(itemKey(stored), stored);
  return [...now.values()].filter(({ incident }) => incident && 'incidentId' in incident).length;
}

async function keepPresence(next: NextPresence, { store, signal }: SiteContext): Promise<void> {
  if (next.front === undefined && next.roster === undefined) return;
  try {
    await store.savePresence(next, signal);
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
  }
}

/** @param items of the site, as far as they are known */
export async function doTasks(
  tasks: readonly Task[],
  items: readonly StoredIncident[],
  context: SiteContext,
): Promise<ProcessedSite> {
  const current = new Map(items.map((item) => [itemKey(item), item]));
  const folded: Folded[] = [];
  const undoable: Undoable[] = [];
  let failure: ProcessedSite['failure'];
  await forEachBounded(tasks, WRITES_AT_ONCE, async (task) => {
    try {
      const written = await write(task, context);
      folded.push(written);
      current.set(itemKey(written.stored), written.stored);
    } catch (error) {
      if (isHopeless(error)) undoable.push({ task, error });
      else failure ??= { error };
    }
  });
  const done = { folded, undoable, unreadable: [] };
  if (failure) return { ...done, unsent: [], failure };
  return { ...done, unsent: [...current.values()].filter(({ outbox }) => outbox.length > 0) };
}

/** Somebody else may have written meanwhile: then read again and fold again, on top of what they wrote. */
async function write(task: Task, { store, now, signal }: SiteContext): Promise<Folded> {
  let folded = foldTask(task, now());
  for (let conflicts = 0; folded.changed; conflicts += 1) {
    const { stored, rule } = folded;
    try {
      // A pending incident may wait for as long as its rule says, and must not expire meanwhile.
      return { ...folded, stored: await store.save(stored, KEEP_MS + rule.forMs, signal) };
    } catch (error) {
      if (!(error instanceof VersionConflict) || conflicts === MAX_CONFLICTS) throw error;
      const { siteId, deviceId } = stored;
      const before = (await store.read(stored, signal)) ?? newItem(siteId, deviceId, stored.rule);
      folded = foldTask({ ...task, before }, now());
    }
  }
  return folded;
}

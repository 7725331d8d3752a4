/** Effects on one site's items: fold a batch into them, write what changed, and mark what was sent. */
import type { KinesisStreamRecord } from 'aws-lambda';
import { restOf, written } from './at-rest.ts';
import type { CompiledRule } from './compile.ts';
import type { SiteBatch } from './decode.ts';
import { type Folded, foldTask, newItem, type Task } from './fold.ts';
import { isHopeless } from './hopeless.ts';
import { type IncidentStore, KEEP_MS, type SiteItems, VersionConflict } from './incident-store.ts';
import type { UnreadableItem } from './item.ts';
import type { ListOpen } from './list-open.ts';
import type { Look, Models } from './models.ts';
import { overConflicts } from './over-conflicts.ts';
import { forEachBounded } from './pool.ts';
import type { AtRest, Presence } from './presence.ts';
import type { Undoable } from './set-aside.ts';
import type { NextPresence, Silences } from './site-news.ts';
import { type KnownSite, workOf } from './site-work.ts';
import type { StaleAlerts } from './stale.ts';
import { isSuccessor, itemKey, type StoredIncident } from './stored-incident.ts';

/** Items of a site that are written at a time. */
export const WRITES_AT_ONCE = 16;

export interface ProcessedSite {
  /** What was folded and, where it changed anything, written: a retry changes nothing in it. */
  folded: Folded[];
  /** Every item of the site with an alert that is not known to be sent, be it of this batch or of one that crashed. */
  unsent: StoredIncident[];
  /** What cannot be done, however often it is tried; everything else of the site is done. */
  undoable: Undoable[];
  /** Items that are not ours. */
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
  const lapses: unknown[] = [];
  const note = (error: unknown) => void lapses.push(error);
  const look = (isNew?: boolean) =>
    context.models?.look(site.siteId, site.readings, context.signal, isNew).catch(note);
  // Of a site that is seen for the first time, what is stored tells whether there is a model to read.
  const looking = context.models?.knows(site.siteId) ? look() : undefined;
  const rest = restOf(site);
  if (rest && (await looking) === undefined && lapses.length === 0 && asksForNothing(site, rest, context))
    return { folded: [], undoable: [], unsent: [], unreadable: [] };
  // Until all is done, nothing is known of it.
  if (site.memory) site.memory.atRest = undefined;
  const [known, looked] = await Promise.all([context.store.site(site.siteId, context.signal), looking]);
  await context.listOpen?.(site.siteId, known.items, context.signal).catch(note);
  const found = looked ?? (looking ? undefined : await look(isNew(known, context)));
  const { presence, ...done } = await processRead(site, known, found, context, note);
  if (site.memory && presence) site.memory.atRest = { presence, readMs: site.memory.frontMs };
  return { ...done, ...(lapses.length > 0 && { lapse: lapses[0] }) };
}

/**
 * @param note takes what holds up nothing
 * @returns also the presence of the site as it is now, where nothing else is stored of it
 */
async function processRead(
  site: SiteBatch,
  { unreadable, ...known }: SiteItems,
  look: Look | undefined,
  context: SiteContext,
  note: (error: unknown) => void,
): Promise<ProcessedSite & { presence: Presence | undefined }> {
  const { tasks, next } = workFor({ ...site, outlooks: look?.folded.outlooks }, known, context);
  const done = await doTasks(tasks, known.items, context);
  // Incidents first: a model that is not stored looks at the same readings again.
  const keepsModel = look !== undefined && done.failure === undefined;
  const [presence] = await Promise.all([
    keepPresence(known.presence, next, context).catch(note),
    keepsModel && context.models?.keep(look, context.signal).catch(note),
  ]);
  // Only who is told wants to know.
  const open = done.unsent.length > 0 ? { open: countOpen(known.items, done.folded) } : {};
  const isStored = isAnythingStored(known, done) || unreadable.length > 0;
  return {
    ...done,
    ...open,
    stale: known.stale,
    unreadable,
    presence: isStored ? undefined : (presence ?? undefined),
  };
}

/** Nothing is stored of it, not even the presence that every site has where devices may fall silent. */
const isNew = ({ items, presence, stale, unreadable }: SiteItems, { silences }: SiteContext): boolean =>
  silences !== undefined &&
  items.length === 0 &&
  presence.front === undefined &&
  presence.roster === undefined &&
  stale === undefined &&
  unreadable.length === 0;

/** Besides the presence of the site. */
const isAnythingStored = ({ items, stale }: Omit<SiteItems, 'unreadable'>, done: ProcessedSite): boolean =>
  items.length > 0 ||
  stale !== undefined ||
  done.failure !== undefined ||
  done.undoable.length > 0 ||
  done.folded.some(({ changed }) => changed);

const workFor = (site: SiteBatch, known: KnownSite, { records, rules, silences }: SiteContext) =>
  workOf(site, records, known, rules, silences);

function asksForNothing(site: SiteBatch, { presence }: AtRest, context: SiteContext): boolean {
  const { tasks, next } = workFor(site, { items: [], presence }, context);
  return tasks.length === 0 && next.front === undefined && next.roster === undefined;
}

/** @param folded of these items, and new ones, as they are now */
function countOpen(items: readonly StoredIncident[], folded: readonly Folded[]): number {
  const now = new Map(items.map((item) => [itemKey(item), item]));
  for (const { stored } of folded) now.set(itemKey(stored), stored);
  return [...now.values()].filter(({ incident }) => incident && 'incidentId' in incident).length;
}

/** @returns the presence as it is now; undefined where somebody else has written */
async function keepPresence(
  presence: Presence,
  next: NextPresence,
  { store, signal }: SiteContext,
): Promise<Presence | undefined> {
  if (next.front === undefined && next.roster === undefined) return presence;
  try {
    await store.savePresence(next, signal);
    return written(presence, next);
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
    return undefined;
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

/**
 * Somebody else may have written meanwhile: then read again and fold again, on top of what they wrote. Where it was this
 * very write, whose answer got lost and which the SDK repeated, nothing is left to do, and what it told still counts.
 */
function write(task: Task, { store, now, signal }: SiteContext): Promise<Folded> {
  const { siteId, deviceId, rule } = task.before;
  let attempted: Folded | undefined;
  return overConflicts(async (isAgain) => {
    const read = isAgain ? await store.read(task.before, signal) : task.before;
    if (attempted && read && isSuccessor(read, attempted.stored)) return { ...attempted, stored: read };
    const before = read ?? newItem(siteId, deviceId, rule);
    const folded = foldTask({ ...task, before }, now());
    if (!folded.changed) return folded;
    attempted = folded;
    // A pending incident may wait for as long as its rule says, and must not expire meanwhile.
    return { ...folded, stored: await store.save(folded.stored, KEEP_MS + folded.rule.forMs, signal) };
  });
}

/**
 * A site at rest: nothing is stored of it but its presence, and its last batch asked for nothing more. It need not be
 * read again for every batch: where each reading follows one that this environment has seen, no other environment has had
 * a reading of that device in between, so that nobody has opened an incident of it. What the next batch asks for by what
 * is remembered is done only after the site was read, and so it is now and then in any case. Pure.
 */
import type { SiteBatch } from './decode.ts';
import { type AtRest, FRONT_EVERY_MS, type Presence } from './presence.ts';
import type { NextPresence } from './site-news.ts';

/** What is remembered of the site, if it may be believed for this batch. */
export function restOf({ memory, restless }: SiteBatch): AtRest | undefined {
  const rest = memory?.atRest;
  if (memory === undefined || rest === undefined || restless.size > 0 || !memory.goesOn) return undefined;
  return memory.frontMs - rest.readMs < FRONT_EVERY_MS ? rest : undefined;
}

/** The presence after these writes, each of which makes a new version. */
export const written = (presence: Presence, { front, roster }: NextPresence): Presence => ({
  front: front ? { ...front, version: front.version + 1 } : presence.front,
  roster: roster ? { ...roster, version: roster.version + 1 } : presence.roster,
});

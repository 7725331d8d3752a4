/**
 * When the periods of a site begin. If those of all sites began together, all models would be read and written at that
 * moment. So each site has a minute of its own, which its name tells: every environment finds the same one. Pure.
 */

const MINUTE_MS = 60_000;
/** Of FNV-1a, with 32 bits. */
const [OFFSET, PRIME] = [0x811c9dc5, 0x01000193];

// Readings come by site.
let known = { siteId: '', hash: hashOf('') };

/** How much later than the epoch's the periods of a site begin: whole minutes, fewer than a period has. */
export function shiftOf(siteId: string, periodMs: number): number {
  if (siteId !== known.siteId) known = { siteId, hash: hashOf(siteId) };
  const minutes = Math.max(1, Math.floor(periodMs / MINUTE_MS));
  return (known.hash % minutes) * MINUTE_MS;
}

function hashOf(text: string): number {
  let hash = OFFSET;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  // The last letters of names count up: without this, sites that follow each other would begin one after the other.
  return (hash ^ (hash >>> 15)) >>> 0;
}

/**
 * A silence: for a time, nobody is told of incidents that match it. They go on all the same, and what is still open at its
 * end is told then. `npm run silence` writes them, and detector and watchdog read them, as items of the state table. Not to
 * be confused with rules of kind `silent`.
 */
import { fits } from './glob.ts';
import type { Silence } from './silence-schema.ts';
import { isInWindow, parseWeekly } from './weekly.ts';

/** Partition of the state table. No site can be called so. The sort key is the silence's id. */
export const SILENCES_PARTITION = '#silences';

/** What a silence looks at: an alert has it. */
interface Silenceable {
  site_id: string;
  /** `*` where the incident is about the whole site. */
  device_id: string;
  rule: string;
  severity: string;
}

export function matches({ matchers }: Silence, { site_id, device_id, rule, severity }: Silenceable): boolean {
  const { sites, devices, rules, severities } = matchers;
  return fits(sites, site_id) && fits(devices, device_id) && fits(rules, rule) && fits(severities, severity);
}

/** @param ms since the epoch. The end does not belong to it */
export function activeAt({ starts_at, ends_at, weekly }: Silence, ms: number): boolean {
  if (ms < Date.parse(starts_at) || (ends_at !== undefined && ms >= Date.parse(ends_at))) return false;
  return weekly === undefined || isInWindow(parseWeekly(weekly.window), weekly.zone, ms);
}

/** How long a silence that is over stays, so that history can be explained, in seconds. */
const KEEP_SECONDS = 90 * 86_400;

/** Its item in the state table, with time to live. */
export const toSilenceItem = (silence: Silence) => ({
  site_id: { S: SILENCES_PARTITION },
  device_rule: { S: silence.id },
  silence: { S: JSON.stringify(silence) },
  ...(silence.ends_at !== undefined && {
    expires_at: { N: String(Math.ceil(Date.parse(silence.ends_at) / 1000) + KEEP_SECONDS) },
  }),
});

/**
 * A silence: for a time, nobody is told of incidents that match it. They go on all the same, and what is still open at its
 * end is told then. `npm run silence` writes them, and detector and watchdog read them, as items of the state table. Not to
 * be confused with rules of kind `silent`.
 */
import * as z from 'zod/mini';
import { globPattern } from './glob.ts';
import { parseJson } from './json.ts';
import { TIMESTAMP_PATTERN } from './time.ts';
import { isInWindow, isZone, parseWeekly } from './weekly.ts';

/** Partition of the state table. No site can be called so. The sort key is the silence's id. */
export const SILENCES_PARTITION = '#silences';

const time = z.string().check(z.regex(TIMESTAMP_PATTERN));
const patterns = z.optional(
  z
    .array(
      z.string().check(z.regex(/^[A-Za-z0-9._*?-]{1,64}$/, 'Expected a name, or a pattern with * and ?')),
    )
    .check(z.minLength(1)),
);

/** Each with names, or patterns with `*` and `?`, of which one must match. What is left out matches everything. */
const matchersSchema = z
  .strictObject({ sites: patterns, devices: patterns, rules: patterns, severities: patterns })
  .check(
    z.refine(
      (matchers) => Object.values(matchers).some((list) => list !== undefined),
      'Expected at least one of site, device, rule and severity: a silence about everything hides everything',
    ),
  );

const weeklySchema = z.strictObject({
  window: z.string().check(z.refine(isWeekly, 'Expected a window such as Sun 02:00-04:00')),
  zone: z.string().check(z.refine(isZone, 'Expected a zone such as Europe/Berlin')),
});

export const silenceSchema = z.strictObject({
  id: z.string().check(z.regex(/^[a-z0-9-]{1,64}$/)),
  matchers: matchersSchema,
  starts_at: time,
  /** Only a weekly one may go on without an end. */
  ends_at: z.optional(time),
  weekly: z.optional(weeklySchema),
  author: z.string(),
  comment: z.string(),
  created_at: time,
});
export type Silence = z.infer<typeof silenceSchema>;

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

const fits = (wanted: readonly string[] | undefined, name: string): boolean =>
  wanted === undefined || wanted.some((pattern) => globPattern(pattern).test(name));

/** @param ms since the epoch. The end does not belong to it */
export function activeAt({ starts_at, ends_at, weekly }: Silence, ms: number): boolean {
  if (ms < Date.parse(starts_at) || (ends_at !== undefined && ms >= Date.parse(ends_at))) return false;
  return weekly === undefined || isInWindow(parseWeekly(weekly.window), weekly.zone, ms);
}

function isWeekly(text: string): boolean {
  try {
    parseWeekly(text);
    return true;
  } catch {
    return false;
  }
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

/** Undefined for an item that is not a silence of ours. */
export function fromSilenceItem(item: {
  silence?: { S?: string | undefined } | undefined;
}): Silence | undefined {
  return parseJson(item.silence?.S ?? '', silenceSchema);
}

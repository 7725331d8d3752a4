/** What a silence is, and its item. Apart from its window: the detector loads a schema only when somebody has set a silence. */
import * as z from 'zod/mini';
import { parseJson } from './json.ts';
import './english.ts';
import { TIMESTAMP_PATTERN } from './time.ts';
import { isZone, parseWeekly } from './weekly.ts';

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

function isWeekly(text: string): boolean {
  try {
    parseWeekly(text);
    return true;
  } catch {
    return false;
  }
}

/** Undefined for an item that is not a silence of ours. */
export function fromSilenceItem(item: {
  silence?: { S?: string | undefined } | undefined;
}): Silence | undefined {
  return parseJson(item.silence?.S ?? '', silenceSchema);
}

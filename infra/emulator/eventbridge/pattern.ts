/** Event patterns, as far as they are evaluated here: exact values, `prefix`, `suffix`, `exists` and `anything-but`. */
import { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const filter = z.union([
  scalar,
  z.strictObject({ prefix: z.string() }),
  z.strictObject({ suffix: z.string() }),
  z.strictObject({ exists: z.boolean() }),
  z.strictObject({ 'anything-but': z.union([scalar, z.array(scalar)]) }),
]);
type Filter = z.infer<typeof filter>;
export interface EventPattern {
  [field: string]: Filter[] | EventPattern;
}

const patternSchema: z.ZodType<EventPattern> = z.lazy(() =>
  z.record(z.string(), z.union([z.array(filter), patternSchema])),
);

/** @throws SetupError for a filter that is not evaluated here */
export function parsePattern(rule: string, pattern: unknown): EventPattern {
  const parsed = patternSchema.safeParse(pattern);
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.join('.') || 'the pattern';
  throw new SetupError(
    `Rule ${rule}: expected values, prefix, suffix, exists or anything-but in the event pattern; ${at} is something else.`,
  );
}

/** Every field of the pattern must match; fields that it does not name may be anything. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = (event as Record<string, unknown> | undefined)?.[field];
    return Array.isArray(wanted)
      ? wanted.some((one) => [value].flat().some((given) => fits(one, given)))
      : matchesPattern(wanted, value);
  });
}

function fits(wanted: Filter, given: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return wanted === given;
  if ('exists' in wanted) return wanted.exists === (given !== undefined);
  if ('prefix' in wanted) return typeof given === 'string' && given.startsWith(wanted.prefix);
  if ('suffix' in wanted) return typeof given === 'string' && given.endsWith(wanted.suffix);
  return given !== undefined && ![wanted['anything-but']].flat().includes(given as never);
}

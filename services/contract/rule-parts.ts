/** What rules of every kind have in common. */
import * as z from 'zod/mini';
import { parseDuration } from './duration.ts';
import { durationSchema } from './duration-schema.ts';
import { RULE_DEFAULTS } from './rule-defaults.ts';
import { isWhole } from './text.ts';
import { SEVERITIES } from './threshold.ts';

/** What a rule may look for. `threshold` is meant where a rule names none. */
export const RULE_KINDS = ['threshold', 'stuck', 'noisy', 'silent', 'unusual'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

const text = (maxCharacters: number) =>
  z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(maxCharacters),
      z.refine(isWhole, 'Expected text, got half of a character, such as \\ud83d alone'),
    );
const globs = z
  .array(
    z
      .string()
      .check(
        z.regex(
          /^[A-Za-z0-9._*?-]{1,64}$/,
          'Expected an id or a pattern such as site-0? or pump-* (letters, digits, . _ - and * ?)',
        ),
      ),
  )
  .check(z.minLength(1));
const selectorSchema = z.strictObject({ sites: z.optional(globs), devices: z.optional(globs) });
/** Patterns, of which one must match; without them, all do. */
export type Selector = z.infer<typeof selectorSchema>;

const webAddress = z.url({
  protocol: /^https?$/,
  error: 'Expected a web address, such as https://wiki.example.com/hot',
});
const annotationsSchema = z.strictObject({
  summary: z.optional(text(200)),
  description: z.optional(text(2000)),
  runbookUrl: z.optional(webAddress.check(z.maxLength(500))),
});

/** The watchdog looks once a minute, and people who are reminded more often than this stop reading. */
const MIN_REPEAT = '5m';
const MAX_REPEAT = '30d';
const isRepeat = (text: string) =>
  parseDuration(text) >= parseDuration(MIN_REPEAT) && parseDuration(text) <= parseDuration(MAX_REPEAT);
const repeatSchema = durationSchema.check(
  z.refine(isRepeat, {
    error: ({ input }) => `Expected ${MIN_REPEAT} to ${MAX_REPEAT}, got ${String(input)}`,
  }),
);

/** Fields of every rule; rules-json-schema.ts says what each means. */
export const COMMON_FIELDS = {
  name: z
    .string()
    .check(
      z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Expected lower-case letters, digits and hyphens, at most 63'),
    ),
  selector: z.optional(selectorSchema),
  sendResolved: z._default(z.boolean(), RULE_DEFAULTS.all.sendResolved),
  notifyWithin: z._default(durationSchema, RULE_DEFAULTS.all.notifyWithin),
  repeatEvery: z.optional(repeatSchema),
  annotations: z.optional(annotationsSchema),
};

export const SEVERITY_LIST = 'Expected a list such as [{ "severity": "warning" }]';

/** The severity of a rule that has no thresholds to climb. */
export const oneSeverity = z.array(z.strictObject({ severity: z.enum(SEVERITIES) }), SEVERITY_LIST).check(
  z.minLength(1),
  z.maxLength(1, {
    error: ({ input }) =>
      `Expected one severity, got ${(input as unknown[]).length}: only thresholds have a ladder. Write a second rule`,
  }),
);

/** Longest `for` and `keepFiringFor`. An incident that needs longer is a report, not an alert. */
export const MAX_RULE_DURATION = '7d';

export interface RuleProblem {
  path: (string | number)[];
  message: string;
}

/** A check of a whole rule, from a function that lists its problems. */
export const explained = <T>(explain: (rule: T) => RuleProblem[]) =>
  z.superRefine<T>((rule, context) => {
    for (const { path, message } of explain(rule)) {
      context.addIssue({ code: 'custom', path, message, input: rule });
    }
  });

/**
 * Rules: what counts as an anomaly. The words are those of Prometheus, Grafana and CloudWatch; docs/alerting.md
 * explains each with the state machine they steer.
 */
import * as z from 'zod/mini';
import './english.ts';
import { durationSchema } from './duration.ts';
import { METRICS } from './reading.ts';
import { explainRule } from './rule-checks.ts';
import { OPERATORS, SEVERITIES, thresholdSchema } from './threshold.ts';

export { OPERATORS, type Operator, SEVERITIES, type Severity, type Threshold } from './threshold.ts';

const text = (maxCharacters: number) => z.string().check(z.minLength(1), z.maxLength(maxCharacters));
const count = z.int().check(z.minimum(1), z.maximum(100));
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
const stepSchema = z.strictObject({ severity: z.enum(SEVERITIES), threshold: z.optional(thresholdSchema) });
const selectorSchema = z.strictObject({ sites: z.optional(globs), devices: z.optional(globs) });
const annotationsSchema = z.strictObject({
  summary: z.optional(text(200)),
  description: z.optional(text(2000)),
  runbookUrl: z.optional(z.url().check(z.maxLength(500))),
});

/** rules-json-schema.ts says what each field means. */
export const ruleSchema = z
  .strictObject({
    name: z
      .string()
      .check(
        z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Expected lower-case letters, digits and hyphens, at most 63'),
      ),
    metric: z.enum(METRICS),
    operator: z.enum(OPERATORS),
    threshold: thresholdSchema,
    recoveryThreshold: z.optional(thresholdSchema),
    evaluationPeriods: z._default(count, 1),
    datapointsToAlarm: z.optional(count),
    for: z.optional(durationSchema),
    datapointsToClear: z._default(count, 1),
    keepFiringFor: z.optional(durationSchema),
    severity: z.array(stepSchema).check(z.minLength(1), z.maxLength(SEVERITIES.length)),
    selector: z.optional(selectorSchema),
    sendResolved: z._default(z.boolean(), true),
    annotations: z.optional(annotationsSchema),
  })
  .check(
    z.superRefine((rule, context) => {
      for (const { path, message } of explainRule(rule)) {
        context.addIssue({ code: 'custom', path, message, input: rule });
      }
    }),
  );

export const rulesFileSchema = z
  .strictObject({ $schema: z.optional(z.string()), rules: z.array(ruleSchema).check(z.minLength(1)) })
  .check(
    z.superRefine(({ rules }, context) => {
      const firstOf = new Map<string, number>();
      for (const [index, { name }] of rules.entries()) {
        const first = firstOf.get(name);
        if (first === undefined) {
          firstOf.set(name, index);
          continue;
        }
        const message = `"${name}" is already the name of rules[${first}]: state is kept by rule name`;
        context.addIssue({ code: 'custom', path: ['rules', index, 'name'], message, input: name });
      }
    }),
  );

export type Rule = z.infer<typeof ruleSchema>;

/** Every problem of a rules file, one line each, such as `rules[2].recoveryThreshold: …`. */
export class RulesError extends Error {}

/**
 * Rules from the parsed JSON of a rules file.
 * @param source names the file in errors
 * @throws RulesError
 */
export function parseRules(json: unknown, source = 'rules.json'): Rule[] {
  const result = rulesFileSchema.safeParse(json);
  if (result.success) return result.data.rules;
  const problems = result.error.issues.map((issue) => {
    const path = issue.path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('');
    return `${path.replace(/^\./, '') || 'file'}: ${issue.message}`;
  });
  throw new RulesError(`${source}: ${problems.join('\n')}`);
}

/** The same from the text of a rules file. */
export function parseRulesFile(text: string, source: string): Rule[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new RulesError(`${source}: Expected a file of JSON. ${(cause as Error).message}`, { cause });
  }
  return parseRules(json, source);
}

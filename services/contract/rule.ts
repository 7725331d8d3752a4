/**
 * Rules: what counts as an anomaly. The words are those of Prometheus, Grafana and CloudWatch; docs/alerting.md
 * explains each with the state machine they steer.
 */
import * as z from 'zod/mini';
import './english.ts';
import { durationSchema } from './duration.ts';
import { limitSchema, OPERATORS, SEVERITIES } from './limit.ts';
import { METRICS } from './reading.ts';
import { explainRule } from './rule-checks.ts';

export { type Limit, OPERATORS, type Operator, SEVERITIES, type Severity } from './limit.ts';

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
/** What editors show for a field. */
const about = <T extends z.ZodMiniType>(schema: T, description: string) =>
  schema.check(z.describe(description));

const stepSchema = z.strictObject({
  severity: z.enum(SEVERITIES),
  threshold: about(
    z.optional(limitSchema),
    'Where this severity begins. The first step begins at the threshold of the rule.',
  ),
});

const selectorSchema = z.strictObject({
  sites: about(z.optional(globs), 'Only these sites, as ids or patterns.'),
  devices: about(z.optional(globs), 'Only these devices, as ids or patterns.'),
});

const annotationsSchema = z.strictObject({
  summary: about(z.optional(text(200)), 'One line for a person: what is wrong.'),
  description: about(z.optional(text(2000)), 'What it means and what to do first.'),
  runbookUrl: about(z.optional(z.url().check(z.maxLength(500))), 'Where the procedure is written down.'),
});

export const ruleSchema = z
  .strictObject({
    name: about(
      z
        .string()
        .check(
          z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Expected lower-case letters, digits and hyphens, at most 63'),
        ),
      'Unique. Part of the state key: renaming a rule starts it afresh.',
    ),
    metric: about(z.enum(METRICS), 'temperature in °C; cpu, ram and hd in percent used.'),
    operator: about(z.enum(OPERATORS), 'A reading breaches when: value OPERATOR threshold.'),
    threshold: about(limitSchema, 'A number, or for "outside" the normal range.'),
    recoveryThreshold: about(
      z.optional(limitSchema),
      'Hysteresis: once firing, a reading is well only when it is back past this. Default: threshold.',
    ),
    evaluationPeriods: about(
      z._default(count, 1),
      'N of "M of N": how many of the latest readings are looked at.',
    ),
    datapointsToAlarm: about(
      z.optional(count),
      'M of "M of N": how many of them must breach. Default: all N.',
    ),
    for: about(z.optional(durationSchema), 'How long M of N must hold before the rule fires, such as 30s.'),
    datapointsToClear: about(z._default(count, 1), 'How many well readings in a row end an incident.'),
    keepFiringFor: about(
      z.optional(durationSchema),
      'How long the readings must have been well before an incident ends.',
    ),
    severity: about(
      z.array(stepSchema).check(z.minLength(1), z.maxLength(SEVERITIES.length)),
      'Ladder of severities, mildest first, each further out than the one before.',
    ),
    selector: about(z.optional(selectorSchema), 'Which devices. Default: all.'),
    sendResolved: about(z._default(z.boolean(), true), 'Also tell when it is over?'),
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

/**
 * Rules: what counts as an anomaly. The words are those of Prometheus, Grafana and CloudWatch; docs/alerting.md
 * explains each with the state machine they steer.
 */
import { z } from 'zod';
import { durationSchema } from './duration.ts';
import { limitSchema, OPERATORS, SEVERITIES } from './limit.ts';
import { METRICS } from './reading.ts';
import { explainRule } from './rule-checks.ts';

export { type Limit, OPERATORS, type Operator, SEVERITIES, type Severity } from './limit.ts';

const count = z.int().min(1).max(100);
const glob = z
  .string()
  .regex(
    /^[A-Za-z0-9._*?-]{1,64}$/,
    'Expected an id or a pattern such as site-0? or pump-* (letters, digits, . _ - and * ?)',
  );

const stepSchema = z.strictObject({
  severity: z.enum(SEVERITIES),
  threshold: limitSchema
    .optional()
    .meta({ description: 'Where this severity begins. The first step begins at the threshold of the rule.' }),
});

const selectorSchema = z.strictObject({
  sites: z.array(glob).min(1).optional().meta({ description: 'Only these sites, as ids or patterns.' }),
  devices: z.array(glob).min(1).optional().meta({ description: 'Only these devices, as ids or patterns.' }),
});

const annotationsSchema = z
  .strictObject({
    summary: z.string().min(1).max(200).meta({ description: 'One line for a person: what is wrong.' }),
    description: z.string().min(1).max(2000).meta({ description: 'What it means and what to do first.' }),
    runbookUrl: z.url().max(500).meta({ description: 'Where the procedure is written down.' }),
  })
  .partial();

export const ruleSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Expected lower-case letters, digits and hyphens, at most 63')
      .meta({ description: 'Unique. Part of the state key: renaming a rule starts it afresh.' }),
    metric: z.enum(METRICS).meta({ description: 'temperature in °C; cpu, ram and hd in percent used.' }),
    operator: z.enum(OPERATORS).meta({ description: 'A reading breaches when: value OPERATOR threshold.' }),
    threshold: limitSchema.meta({ description: 'A number, or for "outside" the normal range.' }),
    recoveryThreshold: limitSchema.optional().meta({
      description:
        'Hysteresis: once firing, a reading is well only when it is back past this. Default: threshold.',
    }),
    evaluationPeriods: count
      .default(1)
      .meta({ description: 'N of "M of N": how many of the latest readings are looked at.' }),
    datapointsToAlarm: count
      .optional()
      .meta({ description: 'M of "M of N": how many of them must breach. Default: all N.' }),
    for: durationSchema
      .optional()
      .meta({ description: 'How long M of N must hold before the rule fires, such as 30s.' }),
    datapointsToClear: count
      .default(1)
      .meta({ description: 'How many well readings in a row end an incident.' }),
    keepFiringFor: durationSchema
      .optional()
      .meta({ description: 'How long the readings must have been well before an incident ends.' }),
    severity: z
      .array(stepSchema)
      .min(1)
      .max(SEVERITIES.length)
      .meta({ description: 'Ladder of severities, mildest first, each further out than the one before.' }),
    selector: selectorSchema.optional().meta({ description: 'Which devices. Default: all.' }),
    sendResolved: z.boolean().default(true).meta({ description: 'Also tell when it is over?' }),
    annotations: annotationsSchema.optional(),
  })
  .superRefine((rule, context) => {
    for (const { path, message } of explainRule(rule)) context.addIssue({ code: 'custom', path, message });
  });

export const rulesFileSchema = z
  .strictObject({ $schema: z.string().optional(), rules: z.array(ruleSchema).min(1) })
  .superRefine(({ rules }, context) => {
    const firstOf = new Map<string, number>();
    for (const [index, { name }] of rules.entries()) {
      const first = firstOf.get(name);
      if (first === undefined) firstOf.set(name, index);
      else {
        const message = `"${name}" is already the name of rules[${first}]: state is kept by rule name`;
        context.addIssue({ code: 'custom', path: ['rules', index, 'name'], message });
      }
    }
  });

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

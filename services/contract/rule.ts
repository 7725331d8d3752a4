/** Rules: what counts as an anomaly. The words are those of Prometheus, Grafana and CloudWatch. */
import { z } from 'zod';
import { durationSchema } from './duration.ts';
import { METRICS } from './reading.ts';

export const SEVERITIES = ['warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

const range = z.object({ min: z.number(), max: z.number() });
/** A limit: one number, or for `outside` the range that is normal. */
const limit = z.union([z.number(), range]);

export const ruleSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  metric: z.enum(METRICS),
  operator: z.enum(['>', '>=', '<', '<=', 'outside']),
  threshold: limit,
  recoveryThreshold: limit.optional(),
  evaluationPeriods: z.number().int().min(1).max(100).default(1),
  datapointsToAlarm: z.number().int().min(1).max(100).optional(),
  for: durationSchema.optional(),
  datapointsToClear: z.number().int().min(1).max(100).default(1),
  keepFiringFor: durationSchema.optional(),
  severity: z.array(z.strictObject({ severity: z.enum(SEVERITIES), threshold: limit.optional() })).min(1),
  selector: z
    .strictObject({ sites: z.array(z.string()).optional(), devices: z.array(z.string()).optional() })
    .optional(),
  sendResolved: z.boolean().default(true),
  annotations: z
    .strictObject({ summary: z.string(), description: z.string(), runbookUrl: z.url() })
    .partial()
    .optional(),
});

export const rulesFileSchema = z.strictObject({ $schema: z.string().optional(), rules: z.array(ruleSchema) });

export type Rule = z.infer<typeof ruleSchema>;

/** Every problem of a rules file, one line each, such as `rules[2].recoveryThreshold: …`. */
export class RulesError extends Error {}

/**
 * Rules from the parsed JSON of a rules file.
 * @throws RulesError
 */
export function parseRules(json: unknown, source = 'rules.json'): Rule[] {
  const result = rulesFileSchema.safeParse(json);
  if (result.success) return result.data.rules;
  const lines = result.error.issues.map((issue) => {
    const path = issue.path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('');
    return `${path.replace(/^\./, '') || 'file'}: ${issue.message}`;
  });
  throw new RulesError(`${source}: ${lines.join('\n')}`);
}

/** The kind `stuck`: a sensor gives the same value for much longer than is usual for it. */
import * as z from 'zod/mini';
import { parseDuration } from './duration.ts';
import { durationSchema } from './duration-schema.ts';
import { METRICS } from './reading.ts';
import { RULE_DEFAULTS } from './rule-defaults.ts';
import { COMMON_FIELDS, explained, MAX_RULE_DURATION, oneSeverity, type RuleProblem } from './rule-parts.ts';

export const stuckRuleSchema = z
  .strictObject({
    kind: z.literal('stuck'),
    ...COMMON_FIELDS,
    metric: z.enum(METRICS),
    for: z._default(durationSchema, RULE_DEFAULTS.stuck.for),
    severity: oneSeverity,
  })
  .check(explained(explain));
export type StuckRule = z.infer<typeof stuckRuleSchema>;

function explain(rule: { for: string }): RuleProblem[] {
  if (parseDuration(rule.for) <= parseDuration(MAX_RULE_DURATION)) return [];
  return [{ path: ['for'], message: `Expected at most ${MAX_RULE_DURATION}, got ${rule.for}` }];
}

/** The kind `threshold`: a value is past a threshold, often and long enough. */
import * as z from 'zod/mini';
import { durationSchema } from './duration-schema.ts';
import { METRICS } from './reading.ts';
import { explainRule } from './rule-checks.ts';
import { RULE_DEFAULTS } from './rule-defaults.ts';
import { COMMON_FIELDS, explained, SEVERITY_LIST } from './rule-parts.ts';
import { OPERATORS, SEVERITIES } from './threshold.ts';

const rangeSchema = z.strictObject({ min: z.number(), max: z.number() });
const thresholdSchema = z.union([z.number(), rangeSchema], {
  error: 'Expected a number, or for the operator "outside" a range such as { "min": 10, "max": 40 }',
});

const count = z.int().check(z.minimum(1), z.maximum(100));
const stepSchema = z.strictObject({ severity: z.enum(SEVERITIES), threshold: z.optional(thresholdSchema) });

const written = z
  .strictObject({
    kind: z.optional(z.literal('threshold')),
    ...COMMON_FIELDS,
    metric: z.enum(METRICS),
    operator: z.enum(OPERATORS),
    threshold: thresholdSchema,
    recoveryThreshold: z.optional(thresholdSchema),
    evaluationPeriods: z._default(count, RULE_DEFAULTS.threshold.evaluationPeriods),
    datapointsToAlarm: z.optional(count),
    for: z.optional(durationSchema),
    datapointsToClear: z._default(count, RULE_DEFAULTS.threshold.datapointsToClear),
    keepFiringFor: z.optional(durationSchema),
    severity: z.array(stepSchema, SEVERITY_LIST).check(z.minLength(1), z.maxLength(SEVERITIES.length)),
  })
  .check(explained(explainRule));

/** Rules were of this kind before there were others: files need not name it. */
export const thresholdRuleSchema = z.pipe(
  written,
  z.transform((rule) => ({ ...rule, kind: 'threshold' as const })),
);
export type ThresholdRule = z.infer<typeof thresholdRuleSchema>;

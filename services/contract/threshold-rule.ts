/** The kind `threshold`: a value is past a threshold, often and long enough. */
import * as z from 'zod/mini';
import { durationSchema } from './duration.ts';
import { METRICS } from './reading.ts';
import { explainRule } from './rule-checks.ts';
import { COMMON_FIELDS, explained } from './rule-parts.ts';
import { OPERATORS, SEVERITIES, thresholdSchema } from './threshold.ts';

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
    evaluationPeriods: z._default(count, 1),
    datapointsToAlarm: z.optional(count),
    for: z.optional(durationSchema),
    datapointsToClear: z._default(count, 1),
    keepFiringFor: z.optional(durationSchema),
    severity: z.array(stepSchema).check(z.minLength(1), z.maxLength(SEVERITIES.length)),
  })
  .check(explained(explainRule));

/** Rules were of this kind before there were others: files need not name it. */
export const thresholdRuleSchema = z.pipe(
  written,
  z.transform((rule) => ({ ...rule, kind: 'threshold' as const })),
);
export type ThresholdRule = z.infer<typeof thresholdRuleSchema>;

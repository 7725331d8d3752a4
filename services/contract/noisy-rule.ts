/** The kind `noisy`: from one reading to the next, a sensor jumps much further than is usual for it. */
import * as z from 'zod/mini';
import { METRICS } from './reading.ts';
import { COMMON_FIELDS, oneSeverity } from './rule-parts.ts';

export const noisyRuleSchema = z.strictObject({
  kind: z.literal('noisy'),
  ...COMMON_FIELDS,
  metric: z.enum(METRICS),
  severity: oneSeverity,
});
export type NoisyRule = z.infer<typeof noisyRuleSchema>;

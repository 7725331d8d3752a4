/** The kind `unusual`: the last hour is not as the last week was, for this very device. */
import * as z from 'zod/mini';
import { parseDuration } from './duration.ts';
import { durationSchema } from './duration-schema.ts';
import { METRIC_FIELDS, METRICS, type Metric } from './reading.ts';
import { RULE_DEFAULTS, smallestChange } from './rule-defaults.ts';
import { COMMON_FIELDS, explained, MAX_RULE_DURATION, oneSeverity, type RuleProblem } from './rule-parts.ts';

const SENSITIVITIES = ['low', 'medium', 'high'] as const;
const DIRECTIONS = ['above', 'below', 'both'] as const;

const written = z
  .strictObject({
    kind: z.literal('unusual'),
    ...COMMON_FIELDS,
    metric: z.enum(METRICS),
    sensitivity: z._default(z.enum(SENSITIVITIES), RULE_DEFAULTS.unusual.sensitivity),
    direction: z._default(z.enum(DIRECTIONS), RULE_DEFAULTS.unusual.direction),
    minimumChange: z.optional(z.number().check(z.minimum(0))),
    keepFiringFor: z._default(durationSchema, RULE_DEFAULTS.unusual.keepFiringFor),
    severity: oneSeverity,
  })
  .check(explained(explain));

/** With the smallest change that its metric's unit asks for. */
export const unusualRuleSchema = z.pipe(
  written,
  z.transform(({ minimumChange, ...rule }) => ({
    ...rule,
    minimumChange: minimumChange ?? smallestChange(rule.metric),
  })),
);
export type UnusualRule = z.infer<typeof unusualRuleSchema>;

interface Checked {
  metric: Metric;
  minimumChange?: number | undefined;
  keepFiringFor: string;
}

function explain({ metric, minimumChange, keepFiringFor }: Checked): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const { unit, range } = METRIC_FIELDS[metric];
  const widest = range.max - range.min;
  if (minimumChange !== undefined && minimumChange >= widest) {
    const message = `Expected less than ${widest} ${unit}, got ${minimumChange}: ${metric} can never change by so much`;
    problems.push({ path: ['minimumChange'], message });
  }
  if (parseDuration(keepFiringFor) > parseDuration(MAX_RULE_DURATION)) {
    const message = `Expected at most ${MAX_RULE_DURATION}, got ${keepFiringFor}`;
    problems.push({ path: ['keepFiringFor'], message });
  }
  return problems;
}

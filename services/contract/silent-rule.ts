/** The kind `silent`: a device sends nothing while its site speaks, or a site sends nothing while others do. */
import * as z from 'zod/mini';
import { parseDuration } from './duration.ts';
import { durationSchema } from './duration-schema.ts';
import { RULE_DEFAULTS } from './rule-defaults.ts';
import {
  COMMON_FIELDS,
  explained,
  MAX_RULE_DURATION,
  oneSeverity,
  type RuleProblem,
  type Selector,
} from './rule-parts.ts';

/** Who is silent. */
const SILENT_SUBJECTS = ['device', 'site'] as const;

/**
 * Shortest `for`. How far a site has come is noted every two minutes, and several environments of the detector share
 * its batches: what is shorter cannot be told from a reading that another environment has seen.
 */
const MIN_SILENCE = '2m';
/** Longest `forgetAfter`. */
const MAX_FORGET_AFTER = '365d';

export const silentRuleSchema = z
  .strictObject({
    kind: z.literal('silent'),
    ...COMMON_FIELDS,
    of: z._default(z.enum(SILENT_SUBJECTS), RULE_DEFAULTS.silent.of),
    for: z._default(durationSchema, RULE_DEFAULTS.silent.for),
    forgetAfter: z._default(durationSchema, RULE_DEFAULTS.silent.forgetAfter),
    severity: oneSeverity,
  })
  .check(explained(explain));
export type SilentRule = z.infer<typeof silentRuleSchema>;

interface Checked {
  of: (typeof SILENT_SUBJECTS)[number];
  for: string;
  forgetAfter: string;
  selector?: Selector | undefined;
}

function explain(rule: Checked): RuleProblem[] {
  const { for: wait, forgetAfter } = rule;
  const problems: RuleProblem[] = [];
  const add = (path: string[], message: string) => problems.push({ path, message });
  if (parseDuration(wait) < parseDuration(MIN_SILENCE)) {
    add(['for'], `Expected at least ${MIN_SILENCE}, and three intervals of the devices, got ${wait}`);
  } else if (parseDuration(wait) > parseDuration(MAX_RULE_DURATION)) {
    add(['for'], `Expected at most ${MAX_RULE_DURATION}, got ${wait}`);
  }
  if (parseDuration(forgetAfter) > parseDuration(MAX_FORGET_AFTER)) {
    add(['forgetAfter'], `Expected at most ${MAX_FORGET_AFTER}, got ${forgetAfter}`);
  } else if (parseDuration(forgetAfter) <= parseDuration(wait)) {
    const message = `Expected longer than for = ${wait}, got ${forgetAfter}: an incident would end as it begins`;
    add(['forgetAfter'], message);
  }
  if (rule.of === 'site' && rule.selector?.devices) {
    const message =
      'Expected sites only, because the rule is of: site. Leave devices out, or write of: device';
    add(['selector', 'devices'], message);
  }
  return problems;
}

/**
 * The rules of a file that was checked before. The functions are bundled with theirs when the stack is synthesized, which
 * stops at a file that is not valid: to check it again took a tenth of the time of a cold start.
 */
import type { Metric } from './reading.ts';
import type { Rule } from './rule.ts';
import { RULE_DEFAULTS, smallestChange } from './rule-defaults.ts';

/** What {@link file} holds of a rule, as far as it matters here. */
interface Written {
  kind?: string;
  metric?: string;
}

/** The same rules as `parseRules` makes of a valid file. @param file its parsed JSON */
export const checkedRules = (file: { rules: readonly Written[] }): Rule[] => file.rules.map(whole);

function whole(written: Written): Rule {
  const kind = (written.kind ?? 'threshold') as Rule['kind'];
  const change = kind === 'unusual' && { minimumChange: smallestChange(written.metric as Metric) };
  return { ...RULE_DEFAULTS.all, ...RULE_DEFAULTS[kind], ...change, ...written, kind } as Rule;
}

/** What a subscriber wants to be told, as SNS' filter policy over the attributes that the detector sets. */
import type { Severity } from '../../../services/contract/threshold.ts';
import { UserError } from '../../cli/user-error.ts';

export interface Wanted {
  severity?: Severity;
  rule?: string[];
  site?: string[];
}

/** Undefined where everything is wanted. @throws UserError, a misuse, for a pattern that SNS has no condition for */
export function filterPolicy({ severity, rule, site }: Wanted): string | undefined {
  const policy = {
    // A warning and above is everything.
    ...(severity === 'critical' ? { severity: ['critical'] } : {}),
    ...(rule ? { rule: rule.map(condition) } : {}),
    ...(site ? { site_id: site.map(condition) } : {}),
  };
  return Object.keys(policy).length > 0 ? JSON.stringify(policy) : undefined;
}

type Condition = string | { prefix: string } | { suffix: string };

function condition(pattern: string): Condition {
  const [, before, inside = '', after] = /^(\*?)([^*?]+)(\*?)$/.exec(pattern) ?? [];
  if (inside === '' || (before && after)) {
    throw UserError.misuse(`Expected a name, or one with * at its end or its beginning, got "${pattern}"`);
  }
  if (after) return { prefix: inside };
  return before ? { suffix: inside } : inside;
}

/** Which rules differ between two files. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Rule } from '../../../../services/contract/rule.ts';
import type { RuleChange } from '../rules-answers.ts';

/** In the order of the later file, then what it has no longer. */
export function changesBetween(before: readonly Rule[], after: readonly Rule[]): RuleChange[] {
  const earlier = new Map(before.map((rule) => [rule.name, rule]));
  const names = new Set(after.map(({ name }) => name));
  return [
    ...after.flatMap((rule): RuleChange[] => {
      const old = earlier.get(rule.name);
      if (old === undefined) return [{ rule: rule.name, how: 'new' }];
      return isDeepStrictEqual(old, rule) ? [] : [{ rule: rule.name, how: 'changed' }];
    }),
    ...before
      .filter(({ name }) => !names.has(name))
      .map(({ name }): RuleChange => ({ rule: name, how: 'removed' })),
  ];
}

const VERBS = { new: 'add', changed: 'change', removed: 'remove' };

/** Message of a commit: names of rules have only letters, digits and hyphens, so a shell takes it as it is. */
export function commitMessage(changes: readonly RuleChange[]): string {
  const parts = (['new', 'changed', 'removed'] as const).flatMap((how) => {
    const rules = changes.filter((change) => change.how === how).map(({ rule }) => rule);
    return rules.length === 0 ? [] : [`${VERBS[how]} ${rules.join(', ')}`];
  });
  return `Rules: ${parts.join('; ') || 'as before, written otherwise'}`;
}

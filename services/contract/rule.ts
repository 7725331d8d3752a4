/**
 * Rules: what counts as an anomaly. The words are those of Prometheus, Grafana and CloudWatch; docs/alerting.md
 * explains each. A rule has a kind, and each kind a file: its fields, and what must fit together in them.
 */
import * as z from 'zod/mini';
import './english.ts';
import { noisyRuleSchema } from './noisy-rule.ts';
import type { Metric } from './reading.ts';
import { RULE_KINDS, type RuleProblem } from './rule-parts.ts';
import { silentRuleSchema } from './silent-rule.ts';
import { stuckRuleSchema } from './stuck-rule.ts';
import { thresholdRuleSchema } from './threshold-rule.ts';
import { unusualRuleSchema } from './unusual-rule.ts';

export type { NoisyRule } from './noisy-rule.ts';
export { RULE_KINDS, type RuleKind, type RuleProblem, type Selector } from './rule-parts.ts';
export type { SilentRule } from './silent-rule.ts';
export type { StuckRule } from './stuck-rule.ts';
export { OPERATORS, type Operator, SEVERITIES, type Severity, type Threshold } from './threshold.ts';
export type { ThresholdRule } from './threshold-rule.ts';
export type { UnusualRule } from './unusual-rule.ts';

/** rules-json-schema.ts says what each field means. */
export const ruleSchema = z.discriminatedUnion(
  'kind',
  [thresholdRuleSchema, stuckRuleSchema, noisyRuleSchema, silentRuleSchema, unusualRuleSchema],
  { error: ({ code, input }) => (code === 'invalid_union' ? explainKind(input) : undefined) },
);

const explainKind = (rule: unknown) =>
  `Expected one of ${RULE_KINDS.join(', ')}, got ${JSON.stringify((rule as { kind: unknown }).kind)}`;

export const rulesFileSchema = z
  .strictObject({ $schema: z.optional(z.string()), rules: z.array(ruleSchema).check(z.minLength(1)) })
  .check(
    z.superRefine(({ rules }, context) => {
      const firstOf = new Map<string, number>();
      for (const [index, { name }] of rules.entries()) {
        const first = firstOf.get(name);
        if (first === undefined) {
          firstOf.set(name, index);
          continue;
        }
        const message = `"${name}" is already the name of rules[${first}]: state is kept by rule name`;
        context.addIssue({ code: 'custom', path: ['rules', index, 'name'], message, input: name });
      }
    }),
  );

export type Rule = z.infer<typeof ruleSchema>;

/** The metric that a rule watches; a silence has none. */
export const metricOf = (rule: Rule): Metric | null => (rule.kind === 'silent' ? null : rule.metric);

/** Every problem of a rules file, one line each, such as `rules[2].recoveryThreshold: …`. */
export class RulesError extends Error {
  /** The same, for programs; the path is empty where it is about the file as a whole. */
  readonly problems: readonly RuleProblem[];

  constructor(source: string, problems: readonly RuleProblem[], options?: ErrorOptions) {
    super(
      `${source}: ${problems.map(({ path, message }) => `${placeOf(path)}${message}`).join('\n')}`,
      options,
    );
    this.problems = problems;
  }
}

/** Such as `rules[2].name: `; empty for a file that cannot be read at all. */
function placeOf(path: RuleProblem['path']): string {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return place === '' ? '' : `${place.replace(/^\./, '')}: `;
}

/**
 * Rules from the parsed JSON of a rules file.
 * @param source names the file in errors
 * @throws RulesError
 */
export function parseRules(json: unknown, source = 'rules.json'): Rule[] {
  const result = rulesFileSchema.safeParse(json);
  if (result.success) return result.data.rules;
  throw new RulesError(source, problemsIn(result.error.issues));
}

/** What is of another type has only that problem: a text in place of a list would be too long for it, too. */
function problemsIn(issues: readonly z.core.$ZodIssue[]): RuleProblem[] {
  const mistyped = new Set(issues.filter(isMistyped).map(({ path }) => path.join('.')));
  return issues
    .filter((issue) => isMistyped(issue) || !mistyped.has(issue.path.join('.')))
    .map(({ path, message }) => ({ path: path as RuleProblem['path'], message }));
}

const isMistyped = ({ code }: z.core.$ZodIssue): boolean => code === 'invalid_type';

/** The same from the text of a rules file. */
export function parseRulesFile(text: string, source: string): Rule[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const message = `Expected a file of JSON. ${(cause as Error).message}`;
    throw new RulesError(source, [{ path: [], message }], { cause });
  }
  return parseRules(json, source);
}

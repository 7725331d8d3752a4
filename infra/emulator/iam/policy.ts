/** Does a set of policy statements allow a call? As IAM decides: a deny wins, and without an allow nothing is allowed. */
import { z } from 'zod';

const oneOrMore = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore.default(['*']),
  Condition: z.record(z.string(), z.record(z.string(), oneOrMore)).default({}),
});
export const documentSchema = z.object({
  Statement: z.union([statementSchema.transform((one) => [one]), z.array(statementSchema)]),
});

export type Statement = z.infer<typeof statementSchema>;

export interface Access {
  /** Such as `kinesis:PutRecord`. */
  action: string;
  /** ARN; undefined where only the action is looked at. */
  resource?: string | undefined;
  /** Values of condition keys. */
  context: Readonly<Record<string, string>>;
}

export function allows(statements: readonly Statement[], access: Access): boolean {
  const matching = statements.filter((statement) => matches(statement, access));
  return (
    matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny')
  );
}

function matches({ Effect, Action, Resource, Condition }: Statement, access: Access): boolean {
  const { action, resource, context } = access;
  return (
    Action.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    (resource === undefined || Resource.some((pattern) => like(pattern, resource))) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(
        ([key, values]) => holds(operator, values, context[key]) ?? Effect === 'Deny',
      ),
    )
  );
}

/** Undefined for an operator that is not known here: then the statement is read in the way that allows less. */
function holds(operator: string, values: readonly string[], value: string | undefined): boolean | undefined {
  const equal = value !== undefined && values.includes(value);
  if (operator === 'StringEquals' || operator === 'Bool') return equal;
  if (operator === 'StringNotEquals') return !equal;
  if (operator === 'StringLike') return value !== undefined && values.some((pattern) => like(pattern, value));
  return undefined;
}

/** With `*` and `?`. */
function like(pattern: string, text: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
}

/** A policy document, parsed once. What cannot be evaluated here is an error that names it. */
import { z } from 'zod';
import { type Condition, isKnownOperator } from './condition.ts';
import { isKnownKey } from './context.ts';
import type { Principals } from './principal.ts';
import { unknownVariable } from './variables.ts';

/** Action or NotAction, Resource or NotResource. */
export interface Selection {
  readonly not: boolean;
  readonly patterns: readonly string[];
}

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** In lower case: IAM does not distinguish. */
  readonly action: Selection;
  /** Undefined where the policy belongs to the only resource that it can be about, as that of a role. */
  readonly resource: Selection | undefined;
  readonly principals: Principals | undefined;
  readonly conditions: readonly Condition[];
  /** Whether `${…}` stands for a value. */
  readonly variables: boolean;
}

/** One may stand without its list. */
const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(item).min(1));
const texts = oneOrMore(z.string());
const values = oneOrMore(z.union([z.string(), z.number(), z.boolean()]).transform(String));
const actions = oneOrMore(
  z.string().regex(/^(?:\*|[\w-]+:[\w*?-]+)$/, 'Expected an action such as s3:GetObject'),
);
/** "You cannot use a wildcard to match part of a principal name or ARN" (AWS, "Principal"). */
const named = oneOrMore(
  z
    .string()
    .refine(
      (one) => one === '*' || !/[*?]/.test(one),
      'Expected a whole ARN in Principal, or * for everybody',
    ),
);
const principal = z.union([
  z.literal('*'),
  z.strictObject({
    AWS: named.optional(),
    Service: texts.optional(),
    Federated: texts.optional(),
    CanonicalUser: texts.optional(),
  }),
]);

const conditions = z
  .record(z.string(), z.record(z.string(), values))
  .default({})
  .transform((given, context): Condition[] => {
    const complain = (message: string) => context.addIssue({ code: 'custom', message });
    return Object.entries(given).flatMap(([operator, keys]) => {
      if (!isKnownOperator(operator)) complain(`the condition operator ${operator} is not known`);
      return Object.entries(keys).map(([key, list]) => {
        if (!isKnownKey(key)) complain(`the condition key ${key} is not known`);
        return { operator, key: key.toLowerCase(), values: list };
      });
    });
  });

const statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Action: actions.optional(),
    NotAction: actions.optional(),
    Resource: texts.optional(),
    NotResource: texts.optional(),
    Principal: principal.optional(),
    NotPrincipal: principal.optional(),
    Condition: conditions,
  })
  .refine((one) => (one.Action === undefined) !== (one.NotAction === undefined), {
    error: 'Expected Action or NotAction',
  })
  .refine((one) => one.Resource === undefined || one.NotResource === undefined, {
    error: 'Expected Resource or NotResource, not both',
  });
type Written = z.infer<typeof statement>;

/** Statements of a document; of none where the property is left out. */
export const documentSchema = z
  .strictObject({
    Version: z.enum(['2008-10-17', '2012-10-17']).default('2008-10-17'),
    Id: z.string().optional(),
    Statement: oneOrMore(statement),
  })
  .transform(({ Version, Statement }, context): Statement[] => {
    const variables = Version === '2012-10-17';
    return Statement.map((written) => {
      const parsed = statementOf(written, variables);
      const unknown = variables ? textsOf(parsed).map(unknownVariable).find(Boolean) : undefined;
      if (unknown)
        context.addIssue({ code: 'custom', message: `the policy variable ${unknown} is not known` });
      return parsed;
    });
  });

/** Of an identity or a session: it says of what it speaks, and belongs to whom it speaks of. */
export const identityDocument = documentSchema.refine(
  (statements) =>
    statements.every(({ resource, principals }) => resource !== undefined && principals === undefined),
  'Expected Resource or NotResource in each statement of an identity, and no Principal',
);

const textsOf = ({ resource, conditions: list }: Statement) => [
  ...(resource?.patterns ?? []),
  ...list.flatMap((condition) => condition.values),
];

function statementOf(written: Written, variables: boolean): Statement {
  const { Sid, Effect, Action, NotAction, Resource, NotResource, Principal, NotPrincipal } = written;
  const resources = Resource ?? NotResource;
  const lower = (Action ?? NotAction ?? []).map((pattern) => pattern.toLowerCase());
  return {
    ...{ sid: Sid, effect: Effect, variables, conditions: written.Condition },
    action: { not: Action === undefined, patterns: lower },
    resource: resources && { not: Resource === undefined, patterns: resources },
    principals: principalsOf(Principal, false) ?? principalsOf(NotPrincipal, true),
  };
}

function principalsOf(written: Written['Principal'], not: boolean): Principals | undefined {
  if (written === undefined) return undefined;
  if (written === '*') return { not, everybody: true, aws: [], services: [] };
  const { AWS: aws = [], Service: services = [] } = written;
  return { not, everybody: aws.includes('*'), aws, services };
}

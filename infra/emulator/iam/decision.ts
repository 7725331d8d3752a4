/**
 * Is a call allowed? As IAM decides within one account: a deny wins, then any policy that allows it is enough, except for
 * keys and roles, whose own policy has to.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
 */
import { holds } from './condition.ts';
import type { Context } from './context.ts';
import type { Selection, Statement } from './document.ts';
import { like } from './pattern.ts';
import { type CallerNames, type Meant, meant } from './principal.ts';
import { substitute } from './variables.ts';

export interface Question {
  /** Such as `kinesis:PutRecord`. */
  action: string;
  /** ARN, or `*` for an action that is about no resource. */
  resource: string;
  context: Context;
  caller: CallerNames;
  /** Of the caller; undefined for an AWS service, which has none. */
  identity: readonly Statement[] | undefined;
  /** Of the session, which can only take away. */
  session?: readonly Statement[] | undefined;
  /** Of the resource. */
  attached: readonly Statement[];
  /** Whether the policy of the resource has to allow it, at least for the account: that of a key, or of a role. */
  ownPolicyDecides: boolean;
}

export interface Denied {
  /** A statement denies it, or none allows it. */
  kind: 'explicit' | 'implicit';
  in: 'identity-based' | 'resource-based' | 'session';
}

/** Undefined where it is allowed. */
export function whyDenied(question: Question): Denied | undefined {
  const { identity = [], session, attached, ownPolicyDecides } = question;
  const own = effectOf(identity, question);
  const others = effectOf(attached, question);
  const ofSession = session && effectOf(session, question);
  if (own.denies) return { kind: 'explicit', in: 'identity-based' };
  if (others.denies) return { kind: 'explicit', in: 'resource-based' };
  if (ofSession?.denies) return { kind: 'explicit', in: 'session' };
  const isAllowed = ownPolicyDecides
    ? others.allows === 'direct' || (others.allows === 'account' && own.allows !== undefined)
    : others.allows === 'direct' || own.allows !== undefined;
  if (!isAllowed) {
    const byResource = question.identity === undefined || (ownPolicyDecides && others.allows === undefined);
    return { kind: 'implicit', in: byResource ? 'resource-based' : 'identity-based' };
  }
  return ofSession && ofSession.allows === undefined ? { kind: 'implicit', in: 'session' } : undefined;
}

interface Effects {
  denies: boolean;
  allows: Meant;
}

function effectOf(statements: readonly Statement[], question: Question): Effects {
  const effects: Effects = { denies: false, allows: undefined };
  for (const statement of statements) {
    const who = meant(statement.principals, question.caller);
    if (who === undefined || !applies(statement, question)) continue;
    if (statement.effect === 'Deny') effects.denies = true;
    else if (effects.allows !== 'direct') effects.allows = who;
  }
  return effects;
}

type Access = Pick<Question, 'action' | 'resource' | 'context'>;

function applies(statement: Statement, { action, resource, context }: Access): boolean {
  const { variables } = statement;
  return (
    selects(statement.action, action.toLowerCase(), undefined) &&
    (statement.resource === undefined ||
      selects(statement.resource, resource, variables ? context : undefined)) &&
    statement.conditions.every((condition) => holds(condition, context, variables))
  );
}

function selects({ not, patterns }: Selection, text: string, variables: Context | undefined): boolean {
  const matches = patterns.some((pattern) => {
    const meantHere = variables ? substitute(pattern, variables) : pattern;
    return meantHere !== undefined && like(meantHere, text);
  });
  return matches !== not;
}

const NOBODY: CallerNames = { account: undefined, arns: [], service: undefined };

/** For policies that stand alone, as those of certificates and of authorizers. */
export const allows = (statements: readonly Statement[], access: Access): boolean =>
  whyDenied({ ...access, caller: NOBODY, identity: statements, attached: [], ownPolicyDecides: false }) ===
  undefined;

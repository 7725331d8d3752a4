/** Operators over what is rewritten already. */
import { caseWhen, type Node, operator, stringLiteral, text } from './ast.ts';
import { type Failure, notOfFamily, ofFamily } from './checks.ts';
import { isMap, macro, type RewriteContext } from './context.ts';
import { addOrSubtract, concatenation, divide } from './operators.ts';
import { QueryError } from './refusal.ts';

/** The arguments of LIKE … ESCAPE, where the pattern escapes only what means something. */
export function escaped(args: Node[]): Node[] {
  const [, pattern, sign] = args.map(stringLiteral);
  if (pattern !== undefined && sign !== undefined) {
    const rest = pattern
      .replaceAll(`${sign}${sign}`, '')
      .replaceAll(`${sign}%`, '')
      .replaceAll(`${sign}_`, '');
    if (sign !== '' && rest.includes(sign))
      throw new QueryError(
        'INVALID_FUNCTION_ARGUMENT',
        "Escape character must be followed by '%', '_' or the escape character itself",
      );
  }
  return args;
}

export function rewriteOperatorCall(node: Node, name: string, args: Node[], context: RewriteContext): Node {
  const [left, right] = args as [Node, Node];
  const place = context.placeOf(node);
  if (args.length === 2) {
    if (name === '/') return divide(left, right);
    if (name === '%') return macro('modulus', args);
    if (name === '||') return concatenation(left, right, place);
    if (name === '+' || name === '-') return addOrSubtract(name, left, right, place);
  }
  if (name === '~~' || name === '!~~') {
    const sides = args.map((side) => ofFamily(side, 'text', { kind: 'like', place, typed: [side] }));
    return { ...node, children: sides };
  }
  if (['+', '-', '*'].includes(name)) return { ...node, children: args };
  throw new QueryError('SYNTAX_ERROR', `The operator ${name}`);
}

/** COALESCE, within TRY as a CASE: macros.ts says why. */
export function firstPresent(node: Node, values: Node[], context: RewriteContext): Node {
  if (!context.inTry) return { ...node, children: values };
  const first = values.reduceRight((rest, value) =>
    caseWhen(operator('OPERATOR_IS_NOT_NULL', [value]), value, rest),
  );
  return { ...first, alias: text(node.alias) };
}

export function rewriteSubscript(node: Node, args: Node[], place: string): Node {
  const [list, index] = args as [Node, Node];
  if (isMap(list)) return macro('map_subscript', args, text(node.alias));
  const failure: Failure = { kind: 'subscript', place, typed: args };
  return macro(
    'subscript',
    [notOfFamily(list, 'text', failure), notOfFamily(index, 'text', failure)],
    text(node.alias),
  );
}

/**
 * Athena's SQL → DuckDB's, over DuckDB's own parse tree. What has the same meaning passes, what has another one is
 * replaced, and what is on no list is refused: so nothing can be silently wrong by omission. What needs no rewriting
 * below it is in files of its own.
 */
import { call, mapChildren, type Node, names, nodes, pathOf, stringLiteral, text, walk } from './ast.ts';
import { rewriteCast } from './casts.ts';
import { comparable, type Failure } from './checks.ts';
import { argumentContext, INSTANT, WHOLE } from './consumers.ts';
import type { RewriteContext } from './context.ts';
import { isAggregate, rewriteCall } from './functions.ts';
import { extractFunction, intervalLiteral, isIntervalCall } from './intervals.ts';
import { PLAIN_PATTERN } from './iso8601.ts';
import { rewriteColumn, rewriteConstant, rewriteStar } from './leaves.ts';
import { condition, ofOneType } from './one-type.ts';
import { escaped, firstPresent, rewriteOperatorCall, rewriteSubscript } from './operator-calls.ts';
import { QueryError, refuse } from './refusal.ts';
import { rewriteQueryPart } from './rewrite-query.ts';
import { typesWithout } from './scope.ts';

/** An expression, or any list or query below one. */
export function rewrite(node: Node, context: RewriteContext): Node {
  switch (node.class) {
    case 'CONSTANT':
      return rewriteConstant(node);
    case 'COLUMN_REF':
      return rewriteColumn(node, context);
    case 'FUNCTION':
      return rewriteFunction(node, context);
    case 'WINDOW':
      return rewriteCall(children(node, { ...context, ...WHOLE }), context);
    case 'CAST':
      return rewriteCast(node, context, rewrite);
    case 'OPERATOR':
      return rewriteOperator(node, context);
    case 'COMPARISON':
      return rewriteComparison(node, context);
    case 'BETWEEN':
      return rewriteBetween(node, context);
    case 'LAMBDA':
      return rewriteLambda(node, { ...context, ...WHOLE });
    case 'STAR':
      return rewriteStar(node);
    case 'CASE':
      return rewriteCase(node, context);
    case 'CONJUNCTION': {
      const terms = nodes(node.children).map((term) => rewrite(term, { ...context, ...WHOLE }));
      return { ...node, children: terms.map((term) => condition(term, 'logical', context)) };
    }
    case 'SUBQUERY':
      return rewriteSubquery(node, context);
    case undefined:
      return rewriteQueryPart(node, { ...context, ...WHOLE }, rewrite);
    default:
      throw refuse(`the expression ${text(node.class).toLowerCase()}`);
  }
}

const children = (node: Node, context: RewriteContext): Node =>
  mapChildren(node, (child) => rewrite(child, context));

function rewriteLambda(node: Node, context: RewriteContext): Node {
  const parameters: string[] = [];
  walk(node.lhs, (part) => void parameters.push(...names(part.column_names)));
  const columnType = typesWithout(parameters, context.columnType);
  const inner = { ...context, columnType, plainTime: undefined };
  return { ...node, expr: rewrite(node.expr as Node, inner) };
}

function rewriteFunction(node: Node, context: RewriteContext): Node {
  const name = text(node.function_name).toLowerCase();
  if (isIntervalCall(node)) return intervalLiteral(node);
  const inner = argumentContext(node, name, context);
  const args = nodes(node.children).map((child) => rewrite(child, inner));
  const alias = text(node.alias);
  if (node.is_operator === true) return { ...rewriteOperatorCall(node, name, args, context), alias };
  if (node.schema === 'main') {
    // How the parser writes syntax: nobody calls these by name.
    if (name === 'row') return { ...call('row', args, alias), schema: 'main' };
    if (name === 'position') return call('strpos', args, alias);
    if (name === 'like_escape' || name === 'not_like_escape') return { ...node, children: escaped(args) };
    if (name === 'timezone')
      return rewriteCall(
        { ...node, schema: '', function_name: 'at_timezone', children: args.toReversed() },
        context,
      );
    if (name === 'date_part') {
      const [field, value] = args as [Node, Node];
      return rewriteCall(
        { ...node, schema: '', function_name: extractFunction(field), children: [value] },
        context,
      );
    }
    if (name === 'trim' && args.length > 1) throw refuse('trim of other characters than white space');
    return rewriteCall({ ...node, schema: '', children: args }, context);
  }
  if (text(node.schema) !== '')
    throw new QueryError('FUNCTION_NOT_FOUND', `Function ${text(node.schema)}.${name} not registered`);
  const order = node.order_bys as Node | undefined;
  return rewriteCall(
    {
      ...node,
      children: args,
      filter: node.filter ? rewrite(node.filter as Node, { ...context, ...WHOLE }) : node.filter,
      order_bys: order ? children(order, { ...context, ...WHOLE }) : order,
    },
    context,
  );
}

function rewriteOperator(node: Node, context: RewriteContext): Node {
  const plain = { ...context, ...WHOLE };
  const rewritten = (inner: RewriteContext) => nodes(node.children).map((child) => rewrite(child, inner));
  const place = context.placeOf(node);
  switch (node.type) {
    case 'OPERATOR_TRY':
      return rewriteTry(node, context);
    case 'COMPARE_IN':
    case 'COMPARE_NOT_IN':
      return { ...node, children: ofOneType(rewritten({ ...context, ...INSTANT }), 'in', place) };
    case 'ARRAY_EXTRACT':
      return rewriteSubscript(node, rewritten(plain), place);
    case 'OPERATOR_COALESCE':
      return firstPresent(
        node,
        ofOneType(rewritten({ ...context, wallClock: false, nullOnFailure: false }), 'coalesce', place),
        context,
      );
    case 'ARRAY_CONSTRUCTOR':
      return { ...node, children: ofOneType(rewritten(plain), 'array', place) };
    case 'OPERATOR_NOT':
      return { ...node, children: rewritten(plain).map((child) => condition(child, 'not', context)) };
    case 'OPERATOR_IS_NULL':
    case 'OPERATOR_IS_NOT_NULL':
      return children(node, { ...context, ...INSTANT });
    case 'GROUPING_FUNCTION':
      return children(node, plain);
    case 'STRUCT_EXTRACT': {
      // The field's name has to stay a plain constant.
      const [row, field] = nodes(node.children) as [Node, Node];
      return { ...node, children: [rewrite(row, plain), field] };
    }
    default:
      throw refuse(`the operator ${text(node.type).toLowerCase()}`);
  }
}

/**
 * The consumer of the value takes it from inside TRY. Where something fails in a vector of rows, the engine computes the
 * whole vector again, row by row: with one odd text in it, a query takes a hundred times as long.
 */
function rewriteTry(node: Node, context: RewriteContext): Node {
  walk(node.children, (part) => {
    const scoped = part.class === 'SUBQUERY' || part.class === 'WINDOW' || isAggregate(part);
    if (scoped)
      throw refuse('TRY over a subquery, an aggregate or a window function: TRY around what they take');
  });
  const inner = nodes(node.children).map((child) =>
    rewrite(child, { ...context, inTry: true, nullOnFailure: true }),
  );
  return { ...node, children: inner };
}

function rewriteCase(node: Node, context: RewriteContext): Node {
  const inner = { ...context, ...WHOLE };
  const place = context.placeOf(node);
  const checks = nodes(node.case_checks).map((check) => {
    const plainTime = knownPlain(check.when_expr as Node) ?? context.plainTime;
    const branch = rewrite(check.then_expr as Node, { ...inner, plainTime });
    return { ...check, when_expr: rewrite(check.when_expr as Node, inner), then_expr: branch };
  });
  const copy = { ...node, else_expr: rewrite(node.else_expr as Node, inner) };
  const results = [...checks.map((check) => check.then_expr), copy.else_expr];
  const [otherwise, ...reversed] = ofOneType(results, 'case', place).toReversed();
  const branches = reversed.toReversed();
  return {
    ...copy,
    case_checks: checks.map((check, i) => ({
      ...check,
      when_expr: condition(check.when_expr, 'when', context),
      then_expr: branches[i],
    })),
    else_expr: otherwise,
  };
}

/** The column that `x LIKE '____-__-__T__:__:__.___Z'` asks for. */
function knownPlain(when: Node): string | undefined {
  const [value, pattern] = nodes(when.children);
  return when.function_name === '~~' && stringLiteral(pattern) === PLAIN_PATTERN ? pathOf(value) : undefined;
}

function rewriteSubquery(node: Node, context: RewriteContext): Node {
  const copy = children(node, { ...context, ...INSTANT, plainTime: undefined });
  if (node.subquery_type !== 'ANY' || !isSingle(copy.child as Node)) return copy;
  const result = { ...copy, subquery_type: 'SCALAR', child: null, comparison_type: 'INVALID', alias: '' };
  const child = copy.child as Node;
  const failure: Failure = { kind: 'subquery', place: context.placeOf(node), typed: [child, result] };
  return { ...copy, child: comparable(child, result, failure) };
}

/** A row is compared with several columns. */
const isSingle = (node: Node): boolean => text(node.function_name) !== 'row';

const OPERATORS: Record<string, string> = {
  COMPARE_EQUAL: '=',
  COMPARE_NOTEQUAL: '=',
  COMPARE_LESSTHAN: '<',
  COMPARE_GREATERTHAN: '<',
  COMPARE_LESSTHANOREQUALTO: '<=',
  COMPARE_GREATERTHANOREQUALTO: '<=',
  COMPARE_DISTINCT_FROM: 'IS DISTINCT FROM',
  COMPARE_NOT_DISTINCT_FROM: 'IS DISTINCT FROM',
};

function rewriteComparison(node: Node, context: RewriteContext): Node {
  const inner = { ...context, ...INSTANT };
  const left = rewrite(node.left as Node, inner);
  const right = rewrite(node.right as Node, inner);
  const detail = OPERATORS[text(node.type)] ?? '=';
  const failure: Failure = { kind: 'operator', detail, place: context.placeOf(node), typed: [left, right] };
  return { ...node, left, right: comparable(right, left, failure) };
}

function rewriteBetween(node: Node, context: RewriteContext): Node {
  const [input, lower, upper] = [node.input, node.lower, node.upper].map((part) =>
    rewrite(part as Node, { ...context, ...INSTANT }),
  ) as [Node, Node, Node];
  const failure: Failure = { kind: 'between', place: context.placeOf(node), typed: [input, lower, upper] };
  const bound = (side: Node) => comparable(side, input, failure);
  return { ...node, input, lower: bound(lower), upper: bound(upper) };
}

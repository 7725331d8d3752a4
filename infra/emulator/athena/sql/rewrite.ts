/**
 * Athena's SQL → DuckDB's, over DuckDB's own parse tree. What has the same meaning passes, what has another one is
 * replaced, and what is on no list is refused: so nothing can be silently wrong by omission.
 */
import {
  call,
  caseWhen,
  cast,
  constantText,
  constantType,
  mapChildren,
  type Node,
  nodes,
  operator,
  stringLiteral,
  TYPE,
  text,
  walk,
} from './ast.ts';
import { rewriteCast } from './casts.ts';
import { comparable, type Failure, type Mismatch, notOfFamily, ofFamily } from './checks.ts';
import { isMap, macro, type RewriteContext, ZONED } from './context.ts';
import { isAggregate, rewriteCall } from './functions.ts';
import { extractField, intervalLiteral, isIntervalCall, isMonths } from './intervals.ts';
import { addOrSubtract, concatenation, divide } from './operators.ts';
import { QueryError, refuse } from './refusal.ts';
import { nowConstant } from './time-functions.ts';
import { rewriteUnnest } from './unnest.ts';

/** Most consumers of a value want all of it. */
const WHOLE: Partial<RewriteContext> = { wallClock: false, instant: false, nullOnFailure: false };
/** Comparisons, and what asks only whether there is a value. */
const INSTANT: Partial<RewriteContext> = { ...WHOLE, instant: true };

/** Functions that read only the wall clock of a timestamp, and those that read only its instant. */
const WALL_CLOCK = new Set(
  `year quarter month week week_of_year day day_of_month hour minute second millisecond day_of_week dow day_of_year doy
   year_of_week yow date_format format_datetime date_part last_day_of_month`.split(/\s+/),
);
const OF_INSTANTS = new Set(['to_unixtime', 'date_diff', 'timezone', 'at_timezone', 'count']);
/** Functions that give NULL for NULL, so that TRY around them may take it for a failure of what they take. */
const OF_NULL = new Set(['timezone', 'at_timezone']);

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
      return { ...node, expr: rewrite(node.expr as Node, { ...context, ...WHOLE }) };
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
      return rewriteQueryPart(node, { ...context, ...WHOLE });
    default:
      throw refuse(`the expression ${text(node.class).toLowerCase()}`);
  }
}

/** Queries, table references, and the parts of expressions that are none. */
function rewriteQueryPart(node: Node, context: RewriteContext): Node {
  if (node.type === 'TABLE_FUNCTION') {
    const args = nodes((node.function as Node).children).map((arg) => rewrite(arg, context));
    return rewriteUnnest(node, args);
  }
  const copy = children(node, context);
  const clause = (key: string, kind: Mismatch) =>
    copy[key] ? { [key]: condition(copy[key] as Node, kind, context) } : {};
  switch (node.type) {
    case 'SELECT_NODE':
      return { ...copy, ...clause('where_clause', 'where'), ...clause('having', 'having') };
    case 'JOIN':
      return { ...copy, ...clause('condition', 'on') };
    case 'EXPRESSION_LIST':
      return { ...copy, values: sameTypes(copy.values as Node[][], context) };
    default:
      return copy;
  }
}

const children = (node: Node, context: RewriteContext): Node =>
  mapChildren(node, (child) => rewrite(child, context));

/** A condition, which must be a boolean. */
const condition = (node: Node, kind: Mismatch, context: RewriteContext): Node =>
  ofFamily(node, 'boolean', { kind, place: context.placeOf(node), typed: [node] });

/** The first of a list as it is, every other checked against it: Athena has no common type of text and numbers. */
function ofOneType([first, ...others]: Node[], kind: Mismatch, place: string): Node[] {
  if (!first) return [];
  return [first, ...others.map((other) => comparable(other, first, { kind, place, typed: [first, other] }))];
}

/** Rows of VALUES, each checked against the one before it. */
function sameTypes(rows: Node[][], context: RewriteContext): Node[][] {
  return rows.map((row, i) =>
    row.map((value, column) => {
      const above = rows[i - 1]?.[column];
      const failure: Failure = {
        kind: 'values',
        place: context.placeOf(value),
        typed: [above ?? value, value],
      };
      return above ? comparable(value, above, failure) : value;
    }),
  );
}

function rewriteConstant(node: Node): Node {
  const type = constantType(node);
  // Text is varchar, and not whatever DuckDB would like it to be: `ts > '2024-01-01'` is an error in Athena.
  if (type === 'VARCHAR') return cast(node, 'VARCHAR', text(node.alias));
  if (type === 'DOUBLE') {
    // Printed as SQL, 1e0 would come back as the decimal 1.0.
    const { value } = node.value as Node;
    const digits = constantText(node) ?? (Object.is(value, -0) ? '-0' : value);
    return cast(
      {
        ...node,
        alias: '',
        value: {
          type: { id: 'VARCHAR', type_info: null },
          is_null: false,
          value: String(digits),
        },
      },
      'DOUBLE',
      text(node.alias),
    );
  }
  if (type === 'HUGEINT' || type === 'UHUGEINT')
    throw new QueryError('INVALID_LITERAL', 'A number beyond bigint');
  return node;
}

function rewriteColumn(node: Node, context: RewriteContext): Node {
  const path = node.column_names as string[];
  const [name = ''] = path.slice(-1);
  if (/^\$(file_size|file_modified_time|bucket|partition)$/i.test(name))
    throw refuse(`the hidden column "${name}"`);
  if (path.length !== 1) return typed(node, context.columnType(path));
  const alias = text(node.alias);
  const named = (replacement: Node) => ({ ...replacement, alias });
  switch (name.toLowerCase()) {
    case 'current_timestamp':
      return named(nowConstant(ZONED, context.now));
    case 'current_date':
      return named(nowConstant('DATE', context.now));
    case 'localtimestamp':
      return named(nowConstant('TIMESTAMP', context.now));
    case 'current_time':
    case 'localtime':
    case 'current_user':
    case 'current_catalog':
    case 'current_schema':
    case 'current_path':
      throw refuse(name);
    default:
      return typed(node, context.columnType(path));
  }
}

const typed = (node: Node, type: string | undefined): Node =>
  type === undefined ? node : { ...node, [TYPE]: type };

function rewriteStar(node: Node): Node {
  const extended = ['exclude_list', 'replace_list', 'qualified_exclude_list', 'rename_list'].some(
    (key) => nodes(node[key]).length > 0 || (Array.isArray(node[key]) && (node[key] as unknown[]).length > 0),
  );
  if (extended || node.columns === true || node.expr)
    throw new QueryError('SYNTAX_ERROR', 'Only * and table.* stand for columns');
  return node;
}

/** What the function takes of its arguments, which is for arithmetic what its own consumer takes. */
function argumentContext(node: Node, name: string, context: RewriteContext): RewriteContext {
  const exact = nodes(node.children).every((child) => !isMonths(child));
  const arithmetic = node.is_operator === true && (name === '+' || name === '-') && exact;
  return {
    ...context,
    wallClock: WALL_CLOCK.has(name) || (name === 'date_trunc' && context.wallClock),
    instant: OF_INSTANTS.has(name) || (arithmetic && context.instant),
    nullOnFailure: OF_NULL.has(name) && context.nullOnFailure,
  };
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
    if (name === 'date_part') return extractField(args, alias);
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

/** The arguments of LIKE … ESCAPE, where the pattern escapes only what means something. */
function escaped(args: Node[]): Node[] {
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

function rewriteOperatorCall(node: Node, name: string, args: Node[], context: RewriteContext): Node {
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

/** COALESCE, within TRY as a CASE: macros.ts says why. */
function firstPresent(node: Node, values: Node[], context: RewriteContext): Node {
  if (!context.inTry) return { ...node, children: values };
  const first = values.reduceRight((rest, value) =>
    caseWhen(operator('OPERATOR_IS_NOT_NULL', [value]), value, rest),
  );
  return { ...first, alias: text(node.alias) };
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

function rewriteSubscript(node: Node, args: Node[], place: string): Node {
  const [list, index] = args as [Node, Node];
  if (isMap(list)) return macro('map_subscript', args, text(node.alias));
  const failure: Failure = { kind: 'subscript', place, typed: args };
  return macro(
    'subscript',
    [notOfFamily(list, 'text', failure), notOfFamily(index, 'text', failure)],
    text(node.alias),
  );
}

function rewriteCase(node: Node, context: RewriteContext): Node {
  const copy = children(node, { ...context, ...WHOLE });
  const place = context.placeOf(node);
  const checks = nodes(copy.case_checks);
  const results = [...checks.map((check) => check.then_expr as Node), copy.else_expr as Node];
  const [otherwise, ...reversed] = ofOneType(results, 'case', place).toReversed();
  const branches = reversed.toReversed();
  return {
    ...copy,
    case_checks: checks.map((check, i) => ({
      ...check,
      when_expr: condition(check.when_expr as Node, 'when', context),
      then_expr: branches[i],
    })),
    else_expr: otherwise,
  };
}

function rewriteSubquery(node: Node, context: RewriteContext): Node {
  const copy = children(node, { ...context, ...INSTANT });
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

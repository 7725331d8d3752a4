/**
 * Athena's SQL → DuckDB's, over DuckDB's own parse tree. What has the same meaning passes, what has another one is
 * replaced, and what is on no list is refused: so nothing can be silently wrong by omission.
 */
import { call, cast, constantText, constantType, mapChildren, type Node, nodes, text } from './ast.ts';
import { rewriteCast } from './casts.ts';
import { isMap, type RewriteContext, ZONED } from './context.ts';
import { rewriteCall } from './functions.ts';
import { dateArithmetic, extractField, intervalLiteral, isInterval, isIntervalCall } from './intervals.ts';
import { macroName } from './macros.ts';
import { QueryError, refuse } from './refusal.ts';
import { nowConstant } from './time-functions.ts';
import { rewriteUnnest } from './unnest.ts';

const OUTER: Partial<RewriteContext> = { wallClock: false, instant: false };

/** Functions that read only the wall clock of a timestamp, and those that read only its instant. */
const WALL_CLOCK = new Set(
  `year quarter month week week_of_year day day_of_month hour minute second millisecond day_of_week dow day_of_year doy
   year_of_week yow date_format format_datetime date_part last_day_of_month`.split(/\s+/),
);
const INSTANT = new Set(['to_unixtime', 'date_diff', 'timezone', 'at_timezone']);

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
      return rewriteCall(children(node, { ...context, ...OUTER }), context);
    case 'CAST':
      return rewriteCast(node, context, rewrite);
    case 'OPERATOR':
      return rewriteOperator(node, context);
    case 'COMPARISON':
      return rewriteComparison(node, context);
    case 'BETWEEN': {
      const inner = { ...context, wallClock: false, instant: true };
      const input = rewrite(node.input as Node, inner);
      const bound = (side: unknown) => operand(rewrite(side as Node, inner), input, context);
      return { ...node, input, lower: bound(node.lower), upper: bound(node.upper) };
    }
    case 'LAMBDA':
      return { ...node, expr: rewrite(node.expr as Node, { ...context, ...OUTER, inLambda: true }) };
    case 'STAR':
      return rewriteStar(node);
    case 'CASE':
    case 'CONJUNCTION':
    case 'SUBQUERY':
      if (context.inTry && node.class !== 'CONJUNCTION') {
        throw refuse('TRY over CASE or a subquery: an error inside would not make the whole NULL');
      }
      return children(node, { ...context, ...OUTER });
    case undefined:
      return rewriteQueryPart(node, { ...context, ...OUTER });
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
  if (node.type === 'JOIN' && node.condition) {
    // Guards would hide the equality that makes a hash join of it.
    const condition = rewrite(node.condition as Node, { ...context, guards: false });
    return { ...children({ ...node, condition: null }, context), condition };
  }
  return children(node, context);
}

const children = (node: Node, context: RewriteContext): Node =>
  mapChildren(node, (child) => rewrite(child, context));
const macro = (name: string, context: RewriteContext, args: Node[], alias = '') =>
  call(macroName(name, context.inTry), args, alias);

function rewriteConstant(node: Node): Node {
  const type = constantType(node);
  // Text is varchar, and not whatever DuckDB would like it to be: `ts > '2024-01-01'` is an error in Athena.
  if (type === 'VARCHAR') return cast(node, 'VARCHAR', text(node.alias));
  if (type === 'DOUBLE') {
    // Printed as SQL, 1e0 would come back as the decimal 1.0.
    const value = (node.value as Node).value;
    return cast(
      {
        ...node,
        alias: '',
        value: {
          type: { id: 'VARCHAR', type_info: null },
          is_null: false,
          value: String(constantText(node) ?? value),
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
  if (path.length !== 1) return node;
  const alias = text(node.alias);
  const named = (replacement: Node) => ({ ...replacement, alias });
  switch (path[0]?.toLowerCase()) {
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
      throw refuse(path[0] ?? '');
    default:
      return node;
  }
}

function rewriteStar(node: Node): Node {
  const extended = ['exclude_list', 'replace_list', 'qualified_exclude_list', 'rename_list'].some(
    (key) => nodes(node[key]).length > 0 || (Array.isArray(node[key]) && (node[key] as unknown[]).length > 0),
  );
  if (extended || node.columns === true || node.expr)
    throw new QueryError('SYNTAX_ERROR', 'Only * and table.* stand for columns');
  return node;
}

function rewriteFunction(node: Node, context: RewriteContext): Node {
  const name = text(node.function_name).toLowerCase();
  if (isIntervalCall(node)) return intervalLiteral(node);
  const inner: RewriteContext = {
    ...context,
    wallClock: WALL_CLOCK.has(name) || (name === 'date_trunc' && context.wallClock),
    instant: INSTANT.has(name),
  };
  const args = nodes(node.children).map((child) => rewrite(child, inner));
  const alias = text(node.alias);
  if (node.is_operator === true) return rewriteOperatorCall(node, name, args, context);
  if (node.schema === 'main') {
    // How the parser writes syntax: nobody calls these by name.
    if (name === 'row') return { ...call('row', args, alias), schema: 'main' };
    if (name === 'position') return call('strpos', args, alias);
    if (name === 'like_escape' || name === 'not_like_escape') return { ...node, children: args };
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
      filter: node.filter ? rewrite(node.filter as Node, { ...context, ...OUTER }) : node.filter,
      order_bys: order ? children(order, { ...context, ...OUTER }) : order,
    },
    context,
  );
}

function rewriteOperatorCall(node: Node, name: string, args: Node[], context: RewriteContext): Node {
  const alias = text(node.alias);
  if (name === '/') return macro('divide', context, args, alias);
  if (name === '%') return macro('modulus', context, args, alias);
  if (name === '||') return macro('concat', context, args, alias);
  if (args.length === 2 && (name === '+' || name === '-')) {
    const [left, right] = args as [Node, Node];
    const withDate = dateArithmetic(name, left, right);
    if (withDate) return { ...withDate, alias };
    const mayBeDate = args.some(isInterval) || (name === '-' && !args.some((arg) => constantType(arg)));
    if (mayBeDate) return macro(name === '+' ? 'plus' : 'minus', context, args, alias);
  }
  if (['+', '-', '*', '~~', '!~~'].includes(name)) return { ...node, children: args };
  throw new QueryError('SYNTAX_ERROR', `The operator ${name}`);
}

function rewriteOperator(node: Node, context: RewriteContext): Node {
  const plain = { ...context, ...OUTER };
  switch (node.type) {
    case 'OPERATOR_TRY': {
      const inner = nodes(node.children).map((child) => rewrite(child, { ...plain, inTry: true }));
      return { ...node, children: inner };
    }
    case 'COMPARE_IN':
    case 'COMPARE_NOT_IN': {
      const inner = { ...context, wallClock: false, instant: true };
      const [value, ...items] = nodes(node.children).map((child) => rewrite(child, inner)) as [
        Node,
        ...Node[],
      ];
      const first = items[0] ? operand(value, items[0], context) : value;
      return { ...node, children: [first, ...items.map((item) => operand(item, value, context))] };
    }
    case 'ARRAY_EXTRACT': {
      const args = nodes(node.children).map((child) => rewrite(child, plain));
      return macro(isMap(args[0]) ? 'map_subscript' : 'subscript', context, args, text(node.alias));
    }
    case 'OPERATOR_COALESCE':
      if (context.inTry) throw refuse('TRY over COALESCE: an error inside would not make the whole NULL');
      return children(node, plain);
    case 'OPERATOR_NOT':
    case 'OPERATOR_IS_NULL':
    case 'OPERATOR_IS_NOT_NULL':
    case 'ARRAY_CONSTRUCTOR':
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

const isSimple = (node: Node): boolean =>
  node.class === 'COLUMN_REF' ||
  node.class === 'CONSTANT' ||
  (node.class === 'CAST' && isSimple(node.child as Node));

/** A side of a comparison, guarded against text compared with numbers. */
function operand(side: Node, other: Node, context: RewriteContext): Node {
  // The guard repeats the other side: where that is an aggregate or a query, DuckDB would compute it twice.
  const guarded = context.guards && !context.inLambda && isSimple(other) && side.class !== 'SUBQUERY';
  return guarded ? macro('operand', context, [side, other]) : side;
}

function rewriteComparison(node: Node, context: RewriteContext): Node {
  const inner = { ...context, wallClock: false, instant: true };
  const left = rewrite(node.left as Node, inner);
  const right = rewrite(node.right as Node, inner);
  // Both sides where both are simple: DuckDB casts the text side before it looks at the other.
  return { ...node, left: operand(left, right, context), right: operand(right, left, context) };
}

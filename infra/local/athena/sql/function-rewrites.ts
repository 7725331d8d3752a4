/** Functions that need more than another name or a macro: their arguments decide what DuckDB is to run. */
import {
  call,
  caseWhen,
  cast,
  conjunction,
  integerConstant,
  type Node,
  nullConstant,
  operator,
  stringConstant,
  stringLiteral,
  text,
} from './ast.ts';
import { fromJavaReplacement, fromJodaPattern, fromMysqlFormat, parseJavaFormat } from './formats.ts';
import { macroName } from './macros.ts';
import { QueryError, refuse } from './refusal.ts';

export interface RewriteContext {
  /** Inside TRY: an error is a NULL. */
  inTry: boolean;
  /** Inside a lambda, whose parameters macros with typed overloads cannot see. */
  inLambda: boolean;
  /** The consumer takes only wall-clock fields: a timestamp of another zone may be given as local time. */
  wallClock: boolean;
  /** The consumer takes only the instant: the zone of a timestamp does not matter. */
  instant: boolean;
  /** Comparisons are guarded against text compared with numbers. */
  guards: boolean;
  /** The moment that the query calls now, ms since the epoch. */
  now: number;
}

export interface FunctionRewrite {
  arity: readonly [number, number];
  aggregate?: boolean;
  rewrite(node: Node, args: Node[], context: RewriteContext): Node;
}

const UNITS = ['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];

/** `name` with these arguments, under the alias of the call that it replaces. */
const as = (node: Node, replacement: Node): Node => ({ ...replacement, alias: text(node.alias) });
const macro = (name: string, context: RewriteContext, args: Node[]) =>
  call(macroName(name, context.inTry), args);
/** An aggregate of another name keeps DISTINCT, FILTER, ORDER BY and its window. */
const renamed = (node: Node, name: string, children: Node[]): Node => ({
  ...node,
  function_name: name,
  children,
});

function constantArgument(args: Node[], index: number, name: string): string {
  const value = stringLiteral(args[index]);
  if (value === undefined) throw refuse(`${name} with a format or path that is not a literal`);
  return value;
}

function unit(args: Node[], name: string): string {
  const value = constantArgument(args, 0, name).toLowerCase();
  if (!UNITS.includes(value)) {
    throw new QueryError('INVALID_FUNCTION_ARGUMENT', `'${value}' is not a valid unit of ${name}`);
  }
  return value;
}

/** An interval of `amount` units, as DuckDB makes it. */
function interval(name: string, amount: Node): Node {
  const times = (factor: number) => call('*', [amount, integerConstant(factor)]);
  if (name === 'quarter') return call('to_months', [cast(times(3), 'INTEGER')]);
  if (name === 'week') return call('to_days', [cast(times(7), 'INTEGER')]);
  if (name === 'millisecond') return call('to_milliseconds', [cast(amount, 'DOUBLE')]);
  if (name === 'second') return call('to_seconds', [cast(amount, 'DOUBLE')]);
  return call(`to_${name}s`, [cast(amount, name === 'hour' || name === 'minute' ? 'BIGINT' : 'INTEGER')]);
}

const wallClock = (node: Node | undefined): Node => call('athena_wall_clock', node ? [node] : []);

const strictWithNull =
  (name: string): FunctionRewrite['rewrite'] =>
  (node, args) => {
    // DuckDB leaves NULLs out; in Athena one makes the result NULL.
    const anyNull = args.map((arg) => operator('OPERATOR_IS_NULL', [arg]));
    return as(node, caseWhen(conjunction('CONJUNCTION_OR', anyNull), nullConstant(), call(name, args)));
  };

const byMaximum =
  (order: 'max' | 'min'): FunctionRewrite['rewrite'] =>
  (node, args) => {
    if (args.length === 2) return renamed(node, `arg_${order}_null`, args);
    if (node.class === 'WINDOW') throw refuse(`${order}_by with three arguments as a window function`);
    // DuckDB drops rows whose value is NULL: wrapped, none is.
    const [value, by, count] = args as [Node, Node, Node];
    const wrapped = renamed({ ...node, alias: '' }, `arg_${order}`, [
      call('struct_pack', [{ ...value, alias: 'value' }]),
      by,
      count,
    ]);
    return as(node, call('list_transform', [wrapped, lambda(['entry'], column(['entry', 'value']))]));
  };

const column = (path: string[]): Node => ({
  class: 'COLUMN_REF',
  type: 'COLUMN_REF',
  alias: '',
  column_names: path,
});

const lambda = (parameters: string[], expr: Node): Node => ({
  class: 'LAMBDA',
  type: 'LAMBDA',
  alias: '',
  syntax_type: 'SINGLE_ARROW',
  lhs:
    parameters.length === 1
      ? column(parameters)
      : call(
          'row',
          parameters.map((name) => column([name])),
        ),
  expr,
});

const bitwise = (name: string): FunctionRewrite => ({
  arity: [2, 2],
  rewrite: (node, args) =>
    as(
      node,
      call(
        name,
        args.map((arg) => cast(arg, 'BIGINT')),
      ),
    ),
});

/** JSON paths on which DuckDB and Athena agree: no wildcards, no filters. */
const JSON_PATH = /^\$(?:\.[A-Za-z_]\w*|\[\d+\]|\["[^"\\]+"\])*$/;

const json = (name: string): FunctionRewrite => ({
  arity: [2, 2],
  rewrite: (node, args, context) => {
    const path = constantArgument(args, 1, 'a JSON function');
    if (!JSON_PATH.test(path)) throw refuse(`the JSON path ${path}: only $.name, $["name"] and $[0]`);
    const [value] = args as [Node];
    const plain = stringConstant(path.replace(/\["([^"]+)"\]/g, '."$1"'));
    return as(node, macro(name, context, [value, plain]));
  },
});

function javaFormat(node: Node, args: Node[], context: RewriteContext): Node {
  const values = args.slice(1);
  const parts = parseJavaFormat(constantArgument(args, 0, 'format')).map((piece) => {
    if (piece.kind === 'text') return stringConstant(piece.text);
    const value = values.shift();
    if (!value)
      throw new QueryError('INVALID_FUNCTION_ARGUMENT', 'format has more specifiers than arguments');
    const thousands = piece.flags.includes(',');
    let shown: Node;
    if (piece.kind === 's') shown = macro('timestamp_text', context, [value]);
    else if (piece.kind === 'd')
      shown = thousands
        ? call('format', [stringConstant('{:,}'), value])
        : cast(cast(value, 'BIGINT'), 'VARCHAR');
    else {
      if (thousands) throw refuse('format with %,f');
      // Java rounds the decimal digits of the value half up; C (and DuckDB) rounds its binary value half to even.
      const digits = cast(cast(value, 'DOUBLE'), 'VARCHAR');
      shown = cast(
        {
          ...cast(digits, 'DECIMAL'),
          cast_type: { id: 'DECIMAL', type_info: decimal(38, piece.precision ?? 6) },
        },
        'VARCHAR',
      );
    }
    if (piece.width === 0) return shown;
    if (piece.flags.includes('0')) throw refuse('format padded with zeros: use lpad');
    return call('printf', [stringConstant(`%${piece.flags.includes('-') ? '-' : ''}${piece.width}s`), shown]);
  });
  return as(node, parts.length === 0 ? stringConstant('') : parts.reduce((a, b) => call('||', [a, b])));
}

export const decimal = (width: number, scale: number) => ({
  type: 'DECIMAL_TYPE_INFO',
  alias: '',
  extension_info: null,
  width,
  scale,
});

const nowAs = (type: string): FunctionRewrite => ({
  arity: [0, 0],
  rewrite: (node, _args, context) => as(node, nowConstant(type, context.now)),
});

/** Now, to the millisecond as in Athena, the same throughout a query. */
export const nowConstant = (type: string, now: number): Node =>
  cast(
    cast(cast(stringConstant(new Date(now).toISOString()), 'TIMESTAMP'), 'TIMESTAMP WITH TIME ZONE'),
    type,
  );

const toZone: FunctionRewrite = {
  arity: [2, 2],
  rewrite: (node, args, context) => {
    const [value, zone] = args as [Node, Node];
    const instant = call('athena_instant', [value]);
    if (stringLiteral(zone) === 'UTC' || context.instant) return as(node, instant);
    if (context.wallClock) return as(node, call('timezone', [zone, instant]));
    throw refuse(
      'a timestamp in a zone other than UTC as a result: wrap it in date_format(…) or CAST(… AS timestamp)',
    );
  },
};

export const FUNCTION_REWRITES: Record<string, FunctionRewrite> = {
  // Text
  concat: {
    arity: [2, 127],
    rewrite: (node, args, context) =>
      as(
        node,
        args.reduce((a, b) => macro('concat', context, [a, b])),
      ),
  },
  concat_ws: {
    arity: [2, 127],
    rewrite: (node, args, context) =>
      as(
        node,
        call(
          'concat_ws',
          args.map((arg) => macro('text_only', context, [arg])),
        ),
      ),
  },
  replace: {
    arity: [2, 3],
    rewrite: (node, args) => as(node, call('replace', [...args, stringConstant('')].slice(0, 3))),
  },
  regexp_replace: {
    arity: [2, 3],
    rewrite: (node, args) => {
      const by = args.length === 3 ? fromJavaReplacement(constantArgument(args, 2, 'regexp_replace')) : '';
      return as(node, call('regexp_replace', [...args.slice(0, 2), stringConstant(by), stringConstant('g')]));
    },
  },
  format: { arity: [2, 127], rewrite: javaFormat },

  // Conditions
  greatest: { arity: [2, 127], rewrite: strictWithNull('greatest') },
  least: { arity: [2, 127], rewrite: strictWithNull('least') },
  nullif: { arity: [2, 2], rewrite: (node, args) => as(node, call('nullif', args)) },

  // Numbers
  round: {
    arity: [1, 2],
    rewrite: (node, args, context) => {
      const [value, digits] = args as [Node, Node | undefined];
      return as(
        node,
        digits ? call('round', [macro('no_decimal', context, [value]), digits]) : call('round', [value]),
      );
    },
  },
  nan: { arity: [0, 0], rewrite: (node) => as(node, cast(stringConstant('NaN'), 'DOUBLE')) },
  infinity: { arity: [0, 0], rewrite: (node) => as(node, cast(stringConstant('Infinity'), 'DOUBLE')) },
  truncate: { arity: [1, 1], rewrite: (node, args) => as(node, call('trunc', args)) },
  bitwise_and: bitwise('&'),
  bitwise_or: bitwise('|'),
  bitwise_xor: bitwise('xor'),

  // Time
  now: nowAs('TIMESTAMP WITH TIME ZONE'),
  date_trunc: {
    arity: [2, 2],
    rewrite: (node, args, context) =>
      as(node, macro('date_trunc', context, [stringConstant(unit(args, 'date_trunc')), args[1] as Node])),
  },
  date_add: {
    arity: [3, 3],
    rewrite: (node, args, context) => {
      const [, amount, value] = args as [Node, Node, Node];
      return as(node, macro('plus', context, [value, interval(unit(args, 'date_add'), amount)]));
    },
  },
  date_diff: {
    // Full units, not boundaries crossed: DuckDB calls that date_sub.
    arity: [3, 3],
    rewrite: (node, args) =>
      as(node, call('date_sub', [stringConstant(unit(args, 'date_diff')), ...args.slice(1)])),
  },
  date_format: {
    arity: [2, 2],
    rewrite: (node, args) =>
      as(
        node,
        call('strftime', [
          wallClock(args[0]),
          stringConstant(fromMysqlFormat(constantArgument(args, 1, 'date_format'))),
        ]),
      ),
  },
  format_datetime: {
    arity: [2, 2],
    rewrite: (node, args) =>
      as(
        node,
        call('strftime', [
          wallClock(args[0]),
          stringConstant(fromJodaPattern(constantArgument(args, 1, 'format_datetime'))),
        ]),
      ),
  },
  date_parse: {
    arity: [2, 2],
    rewrite: (node, args) =>
      as(
        node,
        call('strptime', [
          args[0] as Node,
          stringConstant(fromMysqlFormat(constantArgument(args, 1, 'date_parse'))),
        ]),
      ),
  },
  parse_datetime: {
    arity: [2, 2],
    rewrite: (node, args) => {
      const format = stringConstant(fromJodaPattern(constantArgument(args, 1, 'parse_datetime')));
      return as(node, cast(call('strptime', [args[0] as Node, format]), 'TIMESTAMP WITH TIME ZONE'));
    },
  },
  from_iso8601_timestamp: {
    arity: [1, 1],
    rewrite: (node, args, context) =>
      as(node, macro(context.instant ? 'from_iso8601_instant' : 'from_iso8601_timestamp', context, args)),
  },
  from_iso8601_date: { arity: [1, 1], rewrite: (node, args) => as(node, cast(args[0] as Node, 'DATE')) },
  at_timezone: toZone,
  with_timezone: {
    arity: [2, 2],
    rewrite: (node, args, context) => {
      const [value, zone] = args as [Node, Node];
      if (!context.instant && stringLiteral(zone) !== 'UTC') {
        throw refuse(
          'with_timezone as a result: only UTC is kept here; it can be compared with other timestamps',
        );
      }
      return as(node, call('timezone', [zone, wallClock(value)]));
    },
  },

  // Arrays and JSON
  cardinality: {
    arity: [1, 1],
    rewrite: (node, args) => as(node, call(isMap(args[0]) ? 'cardinality' : 'len', args)),
  },
  array_join: { arity: [2, 2], rewrite: (node, args) => as(node, call('array_to_string', args)) },
  array_sort: {
    arity: [1, 1],
    rewrite: (node, args) =>
      as(node, call('list_sort', [...args, stringConstant('ASC'), stringConstant('NULLS LAST')])),
  },
  reduce: {
    arity: [4, 4],
    rewrite: (node, args) => {
      const [list, initial, step, last] = args as [Node, Node, Node, Node];
      const state = call('list_reduce', [list, step, initial]);
      const finished = call('list_transform', [operator('ARRAY_CONSTRUCTOR', [state]), last]);
      return as(node, operator('ARRAY_EXTRACT', [finished, integerConstant(1)]));
    },
  },
  json_extract: json('json_extract'),
  json_extract_scalar: json('json_scalar'),
  json_format: { arity: [1, 1], rewrite: (node, args) => as(node, cast(args[0] as Node, 'VARCHAR')) },

  // Aggregates
  approx_distinct: {
    // Exact is within every error bound.
    arity: [1, 2],
    aggregate: true,
    rewrite: (node, args) => ({ ...renamed(node, 'count', args.slice(0, 1)), distinct: true }),
  },
  approx_percentile: {
    arity: [2, 2],
    aggregate: true,
    rewrite: (node, args) => renamed(node, 'quantile_disc', args),
  },
  avg: {
    arity: [1, 1],
    aggregate: true,
    rewrite: (node, args, context) => renamed(node, 'avg', [macro('no_decimal', context, args)]),
  },
  max_by: { arity: [2, 3], aggregate: true, rewrite: byMaximum('max') },
  min_by: { arity: [2, 3], aggregate: true, rewrite: byMaximum('min') },
  map_agg: {
    arity: [2, 2],
    aggregate: true,
    rewrite: (node, args) => {
      const [key, value] = args as [Node, Node];
      const pair = call('struct_pack', [
        { ...key, alias: 'k' },
        { ...value, alias: 'v' },
      ]);
      return as(node, call('athena_map_agg', [renamed({ ...node, alias: '' }, 'list', [pair])]));
    },
  },
};

/** Does this expression make a map, as far as its form tells? */
export function isMap(node: Node | undefined): boolean {
  const name = text(node?.function_name);
  return ['map', 'athena_map_agg', 'histogram', 'map_from_entries'].includes(name);
}

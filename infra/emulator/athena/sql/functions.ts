/**
 * The functions that local Athena answers: each has the same result as in Athena, or is not on the list. What is
 * `same` was checked against DuckDB's behaviour, NULLs and edges included; all else goes through a macro, an aggregate
 * of another name, or code in one of the `…-functions.ts`.
 */

import { own } from '../../base/own.ts';
import { AGGREGATE_FUNCTIONS } from './aggregate-functions.ts';
import { type Node, nodes, stringLiteral, text } from './ast.ts';
import { BITWISE_FUNCTIONS } from './bitwise-functions.ts';
import { ofFamily } from './checks.ts';
import { ANY_NUMBER, argument, type FunctionRewrite, macro, type RewriteContext } from './context.ts';
import { PAIR_FUNCTIONS } from './pair-functions.ts';
import { QueryError, refuse } from './refusal.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import { TIME_FUNCTIONS } from './time-functions.ts';
import { VALUE_FUNCTIONS } from './value-functions.ts';

interface FunctionRule {
  /** Number of arguments, from and to. */
  arity: readonly [number, number];
  /** DuckDB's name, where no macro or code decides. */
  name?: string;
  macro?: string;
  aggregate?: boolean;
  /** Macro around the result. */
  result?: string;
}

/** Functions that need more than another name or a macro. */
const FUNCTION_REWRITES: Record<string, FunctionRewrite> = {
  ...TEXT_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...VALUE_FUNCTIONS,
  ...BITWISE_FUNCTIONS,
  ...AGGREGATE_FUNCTIONS,
  ...PAIR_FUNCTIONS,
};

/** `name/1`, `name/1-2`, `name→duckdb/1`, `name/1+`; separated by white space. */
function rules(list: string, extra: Partial<FunctionRule> = {}, macro = false): [string, FunctionRule][] {
  return list
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [, name = '', other, from, to, plus] =
        /^(\w+)(?:→(\w+))?\/(\d)(?:-(\d))?(\+)?$/.exec(entry) ?? [];
      const arity = [Number(from), plus ? ANY_NUMBER : Number(to ?? from)] as const;
      const target = other ?? name;
      return [name, { arity, ...(macro ? { macro: target } : { name: target }), ...extra }];
    });
}

const FUNCTIONS = new Map<string, FunctionRule>([
  // Mathematics
  ...rules(`abs/1 exp/1 power/2 pow/2 radians/1 degrees/1 atan/1 atan2/2 pi/0 is_nan→isnan/1 is_infinite→isinf/1
    is_finite→isfinite/1 random/0 rand→random/0`),
  ...rules(
    'mod→modulus/2 width_bucket/4 sqrt/1 ln/1 log2/1 log10/1 log/2 sin/1 cos/1 tan/1 asin/1 acos/1',
    {},
    true,
  ),
  // Text
  ...rules(`length/1 lower/1 strpos/2 starts_with/2 chr/1 codepoint→unicode/1
    regexp_like→regexp_matches/2 translate/3`),
  ...rules(
    'upper/1 regexp_split/2 trim/1 ltrim/1 rtrim/1 substr/2-3 substring→substr/2-3 split/2 split_part/3 lpad/3 rpad/3',
    {},
    true,
  ),
  // Time
  ...rules(`year/1 quarter/1 month/1 week/1 week_of_year→week/1 day/1 day_of_month→day/1 hour/1 minute/1 second/1
    day_of_week→isodow/1 dow→isodow/1 day_of_year→dayofyear/1 doy→dayofyear/1 year_of_week→isoyear/1 yow→isoyear/1
    last_day_of_month→last_day/1 to_unixtime→epoch/1`),
  ...rules('millisecond/1 to_iso8601/1', {}, true),
  // Arrays and maps
  ...rules(`map/0-2 map_keys/1 map_values/1 flatten/1 transform→list_transform/2`),
  ...rules('element_at/2 array_distinct/1 array_max/1 array_min/1', {}, true),
  // JSON
  ...rules('json_array_length/1', {}, true),
  // Aggregates
  ...rules(
    `count/0-1 count_star/0 min/1 max/1 bool_and/1 bool_or/1 every→bool_and/1 array_agg/1
    arbitrary→any_value/1 any_value/1 stddev/1 stddev_samp/1 stddev_pop/1 variance/1 var_samp/1 var_pop/1
    covar_samp/2 covar_pop/2 histogram/1`,
    { aggregate: true },
  ),
  ...rules('corr/2 regr_slope/2 regr_intercept/2', { aggregate: true, result: 'finite' }),
  // Windows
  ...rules(
    'row_number/0 rank/0 dense_rank/0 percent_rank/0 cume_dist/0 ntile/1 first_value/1 last_value/1 nth_value/2 lag/1-3 lead/1-3',
  ),
]);

/** Which arguments have to be text: this engine makes text of anything. */
const TEXT_ARGUMENTS: Record<string, readonly number[]> = {
  ...Object.fromEntries(
    `length lower upper codepoint trim ltrim rtrim substr substring from_iso8601_timestamp from_iso8601_date date_parse
     parse_datetime json_extract json_extract_scalar json_array_length`
      .split(/\s+/)
      .map((name) => [name, [0]]),
  ),
  ...Object.fromEntries(
    `strpos starts_with split split_part regexp_like regexp_extract regexp_extract_all regexp_split regexp_replace`
      .split(/\s+/)
      .map((name) => [name, [0, 1]]),
  ),
  replace: [0, 1, 2],
  translate: [0, 1, 2],
  lpad: [0, 2],
  rpad: [0, 2],
};
/** Of these, times: this engine takes text for none of them, but says so in other words. */
const TIME_ARGUMENTS = new Set(
  `year quarter month week week_of_year day day_of_month hour minute second day_of_week dow day_of_year doy year_of_week
   yow last_day_of_month to_unixtime millisecond to_iso8601`.split(/\s+/),
);
const NUMBER_ARGUMENTS = new Set(
  'sum avg stddev stddev_samp stddev_pop variance var_samp var_pop corr covar_samp covar_pop'.split(' '),
);
/** Regular expressions, the second argument. */
const PATTERNS = new Set([
  'regexp_like',
  'regexp_extract',
  'regexp_extract_all',
  'regexp_split',
  'regexp_replace',
]);

/** Numbers of arguments that Athena takes and this engine does not. */
const OTHER_ARITIES: Record<string, readonly number[]> = {
  approx_percentile: [3, 4],
  array_join: [3],
  array_position: [3],
  array_sort: [2],
  concat_ws: [1],
  from_unixtime: [3],
  listagg: [1],
  ltrim: [2],
  max: [2],
  min: [2],
  rand: [1, 2],
  random: [1, 2],
  rtrim: [2],
  split: [3],
  strpos: [3],
  trim: [2],
  truncate: [2],
  width_bucket: [2],
};

const WINDOW_ONLY = new Set(
  'row_number rank dense_rank percent_rank cume_dist ntile first_value last_value nth_value lag lead'.split(
    ' ',
  ),
);

/** Of these, Athena can pass over NULLs. */
const OF_VALUES = new Set(['first_value', 'last_value', 'nth_value', 'lag', 'lead']);

/** Functions that this engine knows and does not answer, with the reason. */
const REASONS: Record<string, string> = {
  repeat: 'makes an array in Athena and a text in this engine',
  typeof: 'names types in the words of another engine here',
  skewness: 'uses another estimator here',
  kurtosis: 'uses another estimator here',
  sign: 'gives another type here',
  json_parse: 'orders the keys of objects there, and not here',
  json_format: 'takes json, which only json_extract gives here',
  map_entries: 'names the fields of its rows otherwise here',
  cbrt: 'has another last digit here',
  uuid: 'is different in every run',
};

/** A call of a function, window or not, as DuckDB is to run it; children are rewritten already. */
export function rewriteCall(node: Node, context: RewriteContext): Node {
  const name = text(node.function_name).toLowerCase();
  const custom = own(FUNCTION_REWRITES, name);
  const rule = FUNCTIONS.get(name);
  if (!custom && !rule) {
    throw refuse(
      `function ${name}${own(REASONS, name) ? `, which ${REASONS[name]}` : ' is not on the list of functions whose result is the same here'}`,
    );
  }
  const aggregate = custom ? custom.aggregate === true : rule?.aggregate === true;
  const window = node.class === 'WINDOW';
  if (window && !aggregate && !WINDOW_ONLY.has(name)) throw mismatch(name, 'is no window function');
  if (!window && WINDOW_ONLY.has(name)) throw mismatch(name, 'needs an OVER clause');
  if (node.ignore_nulls === true && !OF_VALUES.has(name)) throw refuse(`IGNORE NULLS of ${name}`);
  const modified =
    node.distinct === true || node.filter || nodes((node.order_bys as Node)?.orders).length > 0;
  if (!window && !aggregate && modified) throw mismatch(name, 'takes no DISTINCT, FILTER or ORDER BY');

  const args = typedArguments(name, nodes(node.children), context, node);
  checkArity(name, node, custom ? custom.arity : (rule?.arity ?? [0, 0]));
  if (custom) return { ...custom.rewrite(args, context, node), alias: text(node.alias) };
  if (rule?.macro) return macro(rule.macro, args, text(node.alias));
  const renamed = { ...node, function_name: rule?.name ?? name, children: args };
  if (!rule?.result) return renamed;
  return macro(rule.result, [{ ...renamed, alias: '' }], text(node.alias));
}

function checkArity(name: string, node: Node, [from, to]: readonly [number, number]): void {
  const extra = node.class === 'WINDOW' ? nodes([node.offset_expr, node.default_expr]).length : 0;
  const count = nodes(node.children).length + extra;
  if (count >= from && count <= to) return;
  const ordered = nodes((node.order_bys as Node)?.orders).length > 0;
  if (OTHER_ARITIES[name]?.includes(count) && (name !== 'listagg' || ordered))
    throw refuse(`function ${name} with ${count} arguments`);
  throw mismatch(name, `takes ${from === to ? from : `${from} to ${to}`} arguments, got ${count}`);
}

/** Arguments whose type this engine would convert, and Athena refuses. */
function typedArguments(name: string, args: Node[], context: RewriteContext, node: Node): Node[] {
  const pattern = args[1];
  if (context.inTry && PATTERNS.has(name) && pattern && stringLiteral(pattern) === undefined) {
    throw refuse(
      `TRY over ${name} with a pattern that is not a literal: what is wrong here may be right in Athena`,
    );
  }
  const place = context.placeOf(node);
  const texts = TEXT_ARGUMENTS[name] ?? [];
  return args.map((arg, i) => {
    if (texts.includes(i)) return argument(arg, 'text', name, place);
    if (i === 0 && NUMBER_ARGUMENTS.has(name)) return notInterval(argument(arg, 'number', name, place));
    return i === 0 && TIME_ARGUMENTS.has(name) ? notInterval(argument(arg, 'time', name, place)) : arg;
  });
}

const notInterval = (value: Node): Node =>
  ofFamily(value, 'printable', { kind: 'refused', detail: 'interval_part', place: '', typed: [] });

/** Is this a call of an aggregate? */
export function isAggregate(node: Node): boolean {
  const name = text(node.function_name).toLowerCase();
  return (
    node.class === 'FUNCTION' &&
    (FUNCTION_REWRITES[name]?.aggregate ?? FUNCTIONS.get(name)?.aggregate) === true
  );
}

const mismatch = (name: string, what: string) =>
  new QueryError('FUNCTION_NOT_FOUND', `Function ${name} ${what}`);

/** Names of everything on the list, for the documentation. */
export function functionNames(): string[] {
  return [...new Set([...FUNCTIONS.keys(), ...Object.keys(FUNCTION_REWRITES)])]
    .filter((name) => /^[a-z]/.test(name) && name !== 'count_star')
    .sort();
}

const ATHENA_NAMES = new Map(
  [...FUNCTIONS].flatMap(([name, { name: own = name }]) => (own === name ? [] : [[own, name] as const])),
);
const OTHER_NAMES: Record<string, string> = {
  date_sub: 'date_diff',
  strftime: 'date_format',
  strptime: 'date_parse',
  quantile_disc: 'approx_percentile',
  string_agg: 'listagg',
  len: 'cardinality',
  list_value: 'ARRAY',
  list_max: 'array_max',
  list_min: 'array_min',
  list_zip: 'zip_with',
};

/** What Athena calls a function of the engine's. */
export const athenaName = (name: string): string =>
  OTHER_NAMES[name] ??
  ATHENA_NAMES.get(name) ??
  name
    .replace(/^athena_/, '')
    .replace(/^(?:list|array)_/, '')
    .replace(/_or_null$/, '');

/**
 * The type of an expression, as far as it can be told without the engine: most checks need no more. `undefined` is always
 * an answer; a wrong type never is.
 */
import { constantType, type Node, nodes, TYPE, text } from './ast.ts';
import { FAMILIES, NULL, NUMBER } from './families.ts';

const ZONED = 'TIMESTAMP WITH TIME ZONE';

/** Functions of the engine, and of ours, that always give this type. */
const RESULTS: Record<string, string> = Object.fromEntries(
  (
    [
      [
        'VARCHAR',
        `strftime lower upper reverse replace regexp_replace translate concat_ws array_to_string string_agg printf format
         athena_to_varchar athena_substr athena_split_part athena_trim athena_ltrim athena_rtrim athena_lpad athena_rpad
         athena_regexp_extract athena_regexp_group athena_regexp_replace athena_replace athena_upper athena_json_scalar athena_to_iso8601 athena_format_double chr`,
      ],
      [
        'BIGINT',
        `count count_star length strpos date_sub athena_date_diff_of_times len year quarter month week day hour minute second isodow dayofyear isoyear
         row_number rank dense_rank ntile athena_width_bucket athena_millisecond & | xor <<
         bit_and bit_or athena_bit_count`,
      ],
      [
        'DOUBLE',
        'epoch athena_sqrt athena_ln athena_log athena_log2 athena_log10 exp power pow pi radians degrees corr stddev',
      ],
      ['BOOLEAN', 'regexp_matches starts_with bool_and bool_or isnan isinf isfinite athena_contains'],
      [
        ZONED,
        `athena_from_iso8601_timestamp athena_from_iso8601_timestamp_or_null athena_from_iso8601_instant
         athena_from_iso8601_instant_or_null athena_from_iso8601_plain_timestamp athena_from_iso8601_plain_timestamp_or_null
         athena_from_iso8601_plain_instant athena_from_iso8601_plain_instant_or_null athena_from_unixtime athena_instant athena_with_timezone`,
      ],
      ['DATE', 'last_day athena_whole_days'],
      [
        'TIMESTAMP',
        `athena_from_iso8601_wall_clock athena_from_iso8601_wall_clock_or_null athena_from_iso8601_plain_wall_clock
         athena_from_iso8601_plain_wall_clock_or_null athena_wall_clock`,
      ],
      [NULL, 'athena_fail athena_refuse'],
      ['INTERVAL', 'to_years to_months to_days to_hours to_minutes to_seconds to_milliseconds'],
    ] as const
  ).flatMap(([type, list]) => list.split(/\s+/).map((name) => [name, type])),
);

/** Functions that give the type of their first argument. */
const OF_FIRST = new Set(
  `max min any_value arg_max_null arg_min_null first_value last_value nth_value lag lead nullif
   athena_compared`.split(/\s+/),
);

const BOOLEAN_OPERATORS = /^(?:COMPARE_(?:NOT_)?IN|OPERATOR_(?:NOT|IS_NULL|IS_NOT_NULL))$/;
const SIMPLE =
  /^(?:VARCHAR|BOOLEAN|DATE|TIMESTAMP|TIMESTAMP WITH TIME ZONE|DOUBLE|FLOAT|BIGINT|INTEGER|SMALLINT|TINYINT)$/;

/** The engine's name of the type of a rewritten expression. */
export function typeOf(node: Node): string | undefined {
  const known = node[TYPE];
  if (typeof known === 'string') return known;
  switch (node.class) {
    case 'CONSTANT':
      return typeOfConstant(node);
    case 'CAST': {
      const id = text((node.cast_type as Node).id);
      return SIMPLE.test(id) ? id : undefined;
    }
    case 'COMPARISON':
    case 'CONJUNCTION':
    case 'BETWEEN':
      return 'BOOLEAN';
    case 'CASE':
      return typeOfCase(node);
    case 'SUBQUERY':
      return typeOfSubquery(node);
    case 'OPERATOR':
      return typeOfOperator(node);
    case 'FUNCTION':
    case 'WINDOW':
      return node.is_operator === true ? typeOfInfix(node) : typeOfCall(node);
    default:
      return undefined;
  }
}

function typeOfConstant(node: Node): string | undefined {
  const type = constantType(node) ?? '';
  if (type === 'NULL') return NULL;
  return type === 'DECIMAL' ? 'DECIMAL' : SIMPLE.test(type) ? type : undefined;
}

/** A check is a CASE, too: without an ELSE, it has the type of its value. */
function typeOfCase(node: Node): string | undefined {
  const results = [...nodes(node.case_checks).map((one) => one.then_expr), node.else_expr] as Node[];
  return commonType(results.map(typeOf));
}

const EXACT = ['INTEGER', 'BIGINT', 'HUGEINT'];
/** The widest of whole numbers; those that are narrower than an integer go by rules of their own. */
const widest = (types: readonly string[]): string =>
  types.every((type) => EXACT.includes(type))
    ? (EXACT.findLast((type) => types.includes(type)) ?? NUMBER)
    : NUMBER;

/** What the engine makes of values of these types that are to be of one. */
export function commonType(types: readonly (string | undefined)[]): string | undefined {
  const some = types.filter((type) => type !== NULL);
  const [first = some.length > 0 ? undefined : NULL] = some;
  if (first === undefined || some.every((type) => type === first)) return first;
  const known = some.filter((type) => type !== undefined);
  if (known.length < some.length || !known.every(FAMILIES.number)) return undefined;
  return known.includes('DOUBLE') ? 'DOUBLE' : widest(known);
}

function typeOfSubquery(node: Node): string | undefined {
  if (node.subquery_type !== 'SCALAR') return 'BOOLEAN';
  const query = (node.subquery as Node).node as Node;
  const list = nodes(query.select_list);
  return query.type === 'SELECT_NODE' && list.length === 1 ? typeOf(list[0] as Node) : undefined;
}

function typeOfOperator(node: Node): string | undefined {
  if (BOOLEAN_OPERATORS.test(text(node.type))) return 'BOOLEAN';
  const children = nodes(node.children);
  if (node.type === 'OPERATOR_TRY') return children[0] && typeOf(children[0]);
  if (node.type === 'OPERATOR_COALESCE') return commonType(children.map(typeOf));
  if (node.type === 'ARRAY_CONSTRUCTOR') return arrayOf(commonType(children.map(typeOf)));
  return undefined;
}

const arrayOf = (type: string | undefined): string | undefined =>
  type !== undefined && SIMPLE.test(type) ? `${type}[]` : undefined;

function typeOfCall(node: Node): string | undefined {
  const name = text(node.function_name);
  const [first, second] = nodes(node.children);
  const always = RESULTS[name];
  if (always) return always;
  if (OF_FIRST.has(name)) return first && typeOf(first);
  if (name === 'date_trunc' || name === 'athena_date_trunc') return second && typeOf(second);
  if (name === 'greatest' || name === 'least') return commonType(nodes(node.children).map(typeOf));
  if (name === 'quantile_disc') {
    // Of several shares, it makes an array.
    const share = second && typeOf(second);
    return share !== undefined && FAMILIES.number(share) ? first && typeOf(first) : undefined;
  }
  if (name === 'array_agg') return arrayOf(first && typeOf(first));
  if (name === 'sum') return typeOfSum(first && typeOf(first));
  if (['abs', 'round', 'avg', 'athena_ceil', 'athena_floor'].includes(name)) {
    return first && typeOf(first) === 'DOUBLE' ? 'DOUBLE' : undefined;
  }
  return undefined;
}

const typeOfSum = (type: string | undefined): string | undefined =>
  type === 'DOUBLE' ? type : type !== undefined && EXACT.includes(type) ? 'HUGEINT' : undefined;

/** Arithmetic of doubles and of instants; text joined to text. */
function typeOfInfix(node: Node): string | undefined {
  const name = text(node.function_name);
  if (/^!?~~$/.test(name)) return 'BOOLEAN';
  const types = nodes(node.children).map(typeOf);
  const [left, right] = types;
  if (name === '||') return left === 'VARCHAR' && right === 'VARCHAR' ? 'VARCHAR' : undefined;
  if (/^[-+]$/.test(name) && right === 'INTERVAL' && left?.startsWith('TIMESTAMP')) return left;
  const numbers = types.filter((type) => type !== undefined).filter(FAMILIES.number);
  // An interval times a number is an interval; beside that, a number goes with numbers only.
  if (numbers.length === 0 || (name === '*' && numbers.length === 1)) return undefined;
  if (numbers.includes('DOUBLE')) return 'DOUBLE';
  return numbers.length === types.length ? widest(numbers) : NUMBER;
}

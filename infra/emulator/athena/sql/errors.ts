/**
 * What the engine says, in Athena's words: every error of a query passes through here. What Athena would refuse too has
 * Athena's name; of anything else nobody knows whether Athena would, so it has ours.
 */
import { AwsError } from '../../wire/aws-error.ts';
import { explainCheck, mismatch, noSuchFunction } from './checks.ts';
import { athenaName } from './functions.ts';
import { QueryError, refuse } from './refusal.ts';
import { athenaType, splitTypes } from './type-names.ts';

type Explanation = readonly [pattern: RegExp, explain: (...groups: string[]) => QueryError | undefined];

const error = (code: string, message: string) => new QueryError(code, message);
const argument = (message: string) => error('INVALID_FUNCTION_ARGUMENT', message);
const castOf = (value: string, type: string) =>
  error('INVALID_CAST_ARGUMENT', `Cannot cast '${value}' to ${type}`);
const column = (name: string) =>
  error('COLUMN_NOT_FOUND', `Column '${name.toLowerCase()}' cannot be resolved`);

const OPERATOR = /^(?:[-+*/%|~!<>=]+|like_escape)$/;
const NAMES: Record<string, string> = { '//': '/', '~~': 'LIKE', '!~~': 'NOT LIKE' };

/** No such function, for types that only the engine knows: of plain types Athena has none either. */
function noMatch(name: string, list: string): QueryError {
  const types = splitTypes(list).map(athenaType);
  const shown = types.join(', ');
  const plain = types.every((type) =>
    /^(varchar|boolean|tinyint|smallint|integer|bigint|real|double|decimal|date|timestamp)/.test(type),
  );
  if (OPERATOR.test(name)) {
    const operator = NAMES[name] ?? name;
    const [left, right] = types;
    if (!plain) return refuse(`the operator ${operator} for ${shown}`);
    return mismatch(
      `Cannot apply operator: ${right === undefined ? `${operator}${left}` : `${left} ${operator} ${right}`}`,
      types,
    );
  }
  return plain ? noSuchFunction(athenaName(name), types) : refuse(`${athenaName(name)}(${shown})`);
}

/** Errors when a query is bound: what it says cannot be. */
const BINDING: readonly Explanation[] = [
  [/^Could not find key "(!.*)" in struct$/s, (name) => explainCheck(name)],
  [/^No function matches the given name and argument types '(.+?)\((.*)\)'/s, noMatch],
  [/^Could not choose a best candidate function for the function call "(.+?)\((.*)\)"/s, noMatch],
  [
    /^Cannot (?:compare|mix|combine)\b.*?(?:values|types) of (?:type )?(.+?) and (?:type )?(.+?)(?: in .*)? - an explicit cast/,
    (a, b) => {
      const types = [a, b].map(athenaType);
      return mismatch(`Cannot apply operator: ${types.join(' = ')}`, types);
    },
  ],
  [
    /^Unimplemented type for cast \((.+) -> (.+?)\)(?: when .*)?$/,
    (from, to) => mismatch(`Cannot cast ${athenaType(from)} to ${athenaType(to)}`, []),
  ],
  [
    /^Type (STRUCT.*) does not match with (STRUCT.*?)\. Cannot cast/,
    (from, to) => mismatch(`Cannot cast ${athenaType(from)} to ${athenaType(to)}`, []),
  ],
  [/^Referenced column "(.*?)" (?:was )?not found/s, column],
  [
    /^(?:Table|Values list) "(.*?)" does not have a column named "(.*?)"/s,
    (table, name) => column(`${table}.${name}`),
  ],
  [/^Referenced table "(.*?)" not found/, (table) => column(table)],
  [
    /^Ambiguous reference to column name "(.*?)"/,
    (name) => error('AMBIGUOUS_NAME', `Column '${name}' is ambiguous`),
  ],
  [
    /^column "?(.+?)"? must appear in the GROUP BY clause/,
    (name) =>
      error(
        'EXPRESSION_NOT_AGGREGATE',
        `'${name}' must be an aggregate expression or appear in GROUP BY clause`,
      ),
  ],
  [
    /^aggregate function calls cannot be nested/,
    () => error('NESTED_AGGREGATION', 'Cannot nest aggregations inside aggregation'),
  ],
  [
    /^(WHERE|JOIN|GROUP BY) clause cannot contain (aggregates|window functions)/,
    (clause) =>
      error(
        'EXPRESSION_NOT_SCALAR',
        `${clause} clause cannot contain aggregations, window functions or grouping operations`,
      ),
  ],
  [
    /^(GROUP BY|ORDER) term out of range - should be between 1 and (\d+)/,
    (clause, count) =>
      error(
        'INVALID_COLUMN_REFERENCE',
        `${clause.replace(/^ORDER$/, 'ORDER BY')} position is not in select list, which has ${count}`,
      ),
  ],
  [
    /^Set operations can only apply to expressions with the same number/,
    () => mismatch('Queries of a set operation have different numbers of fields', []),
  ],
  [/^VALUES lists must all be the same length/, () => mismatch('Values rows have mismatched types', [])],
  [
    /^Subquery returns (\d+) columns - expected 1/,
    (count) =>
      error('NOT_SUPPORTED', `Multiple columns returned by subquery are not yet supported. Found ${count}`),
  ],
  [
    /^table "(.*?)" has (\d+) columns available but (\d+) columns specified/,
    (table, has, given) =>
      error(
        'MISMATCHED_COLUMN_ALIASES',
        `Column alias list has ${given} entries but '${table}' has ${has} columns available`,
      ),
  ],
  [
    /^Cannot deduce template type '.*?' in function: '(\w+)\(/,
    (name) => refuse(`${athenaName(name)} of arguments of these types`),
  ],
];

/** Errors of the values that a query meets. */
const RUNNING: readonly Explanation[] = [
  // The `fail` and the `refuse` of the macros.
  [
    /^Could not convert string '([A-Z_]+): (.*)' to INT32(?: when .*)?$/s,
    (code, message) => error(code, message),
  ],
  [/^Unknown TimeZone 'NOT_SUPPORTED_LOCALLY: (.*)'!/s, (message) => refuse(message)],
  [
    /^Unknown TimeZone '([+-]\d{1,2}(?::?\d{2})?)'!/,
    (zone) => refuse(`the zone '${zone}': only names, such as Asia/Kolkata`),
  ],
  [/^Unknown TimeZone '(.*)'!/s, (zone) => argument(`'${zone}' is not a valid time zone`)],
  [
    /^Could not convert string ['"](.*)['"] to ([A-Z0-9(),]+)(?: when .*)?$/s,
    (value, type) => castOf(value, engineType(type)),
  ],
  [
    /^Casting value "(.*)" to type (.+?) failed: value is out of range/s,
    (value, type) => castOf(value, engineType(type)),
  ],
  [/^Could not cast value (.*) to (DECIMAL.*)$/s, (value, type) => castOf(value, engineType(type))],
  [
    /^Type (\w+) with value (.*) can't be cast .* destination type (\w+)/,
    (_, value, type) =>
      error('NUMERIC_VALUE_OUT_OF_RANGE', `Out of range for ${engineType(type).toLowerCase()}: ${value}`),
  ],
  // Only from_iso8601_timestamp lets such a text get so far.
  [/^(?:invalid )?timestamp field.*?"(.*T.*Z)"/s, (value) => argument(`Invalid format: "${value}"`)],
  [
    /^(?:invalid )?(date|timestamp) field (?:format|value out of range|value): "(.*?)"/s,
    (type, value) => error('INVALID_CAST_ARGUMENT', `Value cannot be cast to ${type}: ${value}`),
  ],
  [
    /^timestamp field value "(.*?)" has a timestamp that is not UTC/s,
    (value) => error('INVALID_CAST_ARGUMENT', `Value cannot be cast to timestamp: ${value}`),
  ],
  [
    /^Could not parse string "(.*)" according to format specifier/s,
    (value) => argument(`Invalid format: "${value}"`),
  ],
  [
    /^Date out of range: ([\d-]+)/,
    (date) => argument(`Cannot parse a text as the date ${date}: there is no such day`),
  ],
  [
    /^Overflow in (\w+) of (\w+) \((.*)\)/,
    (operation, type, terms) =>
      error(
        'NUMERIC_VALUE_OUT_OF_RANGE',
        `${engineType(type).toLowerCase()} ${operation} overflow: ${terms}`,
      ),
  ],
  [
    /^More than one row returned by a subquery/,
    () => error('SUBQUERY_MULTIPLE_ROWS', 'Scalar sub-query has returned multiple rows'),
  ],
  [/^The map key list does not align/, () => argument('Key and value arrays must be the same length')],
  [/lambda function binding/, () => refuse('a function of an array, for something else')],
  [/^Map keys must be unique/, () => argument('Duplicate map keys are not allowed')],
  [/^Map keys can ?not be NULL/i, () => argument('map key cannot be null')],
  [
    /^LIMIT\/OFFSET cannot be negative/,
    () => error('INVALID_LIMIT_CLAUSE', 'LIMIT and OFFSET take a number from 0'),
  ],
  [
    /^(?:invalid (?:perl operator|escape sequence|character class range|repetition size|named capture group)|missing [)\]]|bad repetition operator|unexpected \)|no argument for repetition operator|trailing \\).*?(?:: (.*))?$/,
    (what) =>
      refuse(
        `a regular expression with ${what ? `"${what}"` : 'an error'}, as RE2 reads it: there is no look-around and no back reference`,
      ),
  ],
  [
    /(?:No magic bytes found at end of file|too small to be a Parquet file|Failed to read Parquet|Snappy decompression).*?'(.*?)'/,
    (file) => error('HIVE_BAD_DATA', `${file} is not a valid Parquet File`),
  ],
];

const MEMORY = /^(?:Out of Memory Error|.*could not allocate|.*Cannot create a string longer)/is;

/** Names that the engine's messages have for its types. */
function engineType(type: string): string {
  const names: Record<string, string> = {
    INT8: 'TINYINT',
    INT16: 'SMALLINT',
    INT32: 'INTEGER',
    INT64: 'BIGINT',
    INT128: 'BIGINT',
    BOOL: 'BOOLEAN',
    FLOAT: 'REAL',
  };
  return names[type] ?? type;
}

/** Words of the engine's that mean nothing to a reader. */
const plainWords = (message: string) =>
  message
    .replace(/\b(?:athena_|main\.)/g, '')
    .replace(/"NULL"/g, 'NULL')
    .replace(
      /\b(?:[A-Z]+_LITERAL|HUGEINT|VARCHAR|BIGINT|INTEGER|DOUBLE|FLOAT|TIMESTAMP(?: WITH TIME ZONE)?|STRUCT\([^)]*\))(?:\[\])*/g,
      athenaType,
    )
    .replace(/,? You might need to add explicit type casts\.?| - an explicit cast is required/g, '');

/** @returns a QueryError or an AwsError as it is, anything else as the QueryError that it means */
export function explain(cause: unknown): QueryError | AwsError {
  if (cause instanceof QueryError || cause instanceof AwsError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (MEMORY.test(message))
    return error('EXCEEDED_LOCAL_MEMORY_LIMIT', 'Query exhausted resources at this scale factor');
  // Behind an empty line: an excerpt of the rewritten query, and candidates that nobody asked for.
  const [kind = '', what = message] = splitKind(message.split(/\n\n|\nLINE \d|\nCandidate/)[0] ?? '');
  for (const [pattern, explanation] of [...BINDING, ...RUNNING]) {
    const match = pattern.exec(what);
    const explained = match && explanation(...match.slice(1).map((group) => group ?? ''));
    if (explained) return explained;
  }
  const [first = ''] = what.split('\n');
  return refuse(`this engine could not answer the query${kind ? '' : ','} (${plainWords(first)})`);
}

function splitKind(message: string): [string, string] {
  const [, kind = '', what = message] = /^([A-Z][A-Za-z ]+ Error): (.*)$/s.exec(message.trim()) ?? [];
  return [kind, what];
}

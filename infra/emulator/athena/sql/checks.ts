/**
 * Checks of types. This engine converts where Athena refuses (`dt = current_date`), so what Athena would say is asked
 * of the engine when it binds the query: by then it knows every type, and has read no row. A check that fails is an
 * error of the whole query, inside TRY and over empty tables too; one that holds costs nothing per row.
 *
 * The means: to take a field from a struct that has none of that name is an error of the binder, the name may be any
 * expression of constants, and `typeof` of anything is a constant. So `{'ok': true}[name]` passes where the name comes
 * out as `ok`, and else fails with the name in its message: `!kind@place@detail|TYPE|TYPE`, in small letters.
 */
import {
  call,
  caseWhen,
  cast,
  conjunction,
  isNode,
  type Node,
  nodes,
  nullConstant,
  operator,
  stringConstant,
  stringLiteral,
  TYPE,
  text,
} from './ast.ts';
import { areComparable, FAMILIES, type Family, isOf, tells } from './families.ts';
import { QueryError, refuse } from './refusal.ts';
import { typeOf } from './static-types.ts';
import { athenaType } from './type-names.ts';

type Words = (types: string[], detail: string) => string;

const common =
  (what: string): Words =>
  ([a, b]) =>
    `${what} must be the same type or coercible to a common type. Cannot find common type between ${a} and ${b}, all types (without duplicates): [${a}, ${b}]`;
const boolean =
  (what: string): Words =>
  ([type]) =>
    `${what} must evaluate to a boolean: ${type}`;

/** What Athena says, by the kind of the check: TYPE_MISMATCH all. */
const MISMATCHES = {
  operator: ([a, b], name) => `Cannot apply operator: ${a} ${name.toUpperCase()} ${b}`,
  between: ([value, low, high]) => `Cannot check if ${value} is BETWEEN ${low} and ${high}`,
  in: common('IN value and list items'),
  subquery: ([a, b]) => `Value expression and result of subquery must be of the same type: ${a} vs ${b}`,
  case: common('All CASE results'),
  coalesce: common('All COALESCE operands'),
  array: common('All ARRAY elements'),
  extreme: common('All arguments of greatest and least'),
  values: ([a, b]) => `Values rows have mismatched types: ${a} vs ${b}`,
  nullif: ([a, b]) => `Types are not comparable with NULLIF: ${a} vs ${b}`,
  where: boolean('WHERE clause'),
  having: boolean('HAVING clause'),
  on: boolean('JOIN ON clause'),
  logical: boolean('Logical expression term'),
  not: boolean('Value of logical NOT expression'),
  when: boolean('CASE WHEN clause'),
  like: ([type]) => `Both sides of LIKE must evaluate to a varchar: ${type}`,
  concat: ([a, b]) => `Cannot concatenate ${a} and ${b}: use CAST(x AS varchar)`,
  subscript: ([a, b]) => `Cannot use ${b} for subscript of ${a}`,
  cast: ([type], target) => `Cannot cast ${type} to ${target}`,
} satisfies Record<string, Words>;

export type Mismatch = keyof typeof MISMATCHES;

/** What Athena answers for these types, and this engine does not. */
const REFUSALS = {
  decimal_division:
    'Division of decimals keeps only the decimals of its operands in Athena (1.0/3 is 0.3), and does not here: write 1e0, or CAST(x AS double)',
  decimal_scale:
    'avg and round with digits of a decimal: Athena keeps its scale, this engine does not; CAST(x AS double) first',
  sum_of_reals:
    'sum and avg of real: Athena rounds to a real, this engine gives a double; CAST(x AS double) first',
  joined_elements: 'array_join of other elements than text and integers',
  reversed_array: 'reverse of an array',
  compared_elements: 'a comparison of arrays, maps or rows: of a NULL in them, this engine makes a value',
  date_arithmetic: 'arithmetic with a date whose type the query does not show: write CAST(x AS date) - …',
  zoned_text: 'CAST of text to timestamp with time zone: use from_iso8601_timestamp, or CAST(x AS timestamp)',
  interval_part: 'a field of an interval',
  recursive_types: 'a recursive step of other types than its base: CAST its columns',
  cast_interval: 'CAST of an interval to varchar: its form differs',
};

export type TypeRefusal = keyof typeof REFUSALS;

export interface Failure {
  kind: Mismatch | 'refused' | 'arguments';
  /** The operator, the function, the target of a cast, the code of a {@link TypeRefusal}. */
  detail?: string;
  /** `line:column` in the query, or nothing. */
  place: string;
  /** The expressions whose types the words name. */
  typed: readonly Node[];
}

/**
 * `value`, where `condition` holds when the query is bound.
 * @param passed name of the field where it does: `ok`, or what depends on the type once more
 */
export function checked(
  value: Node,
  condition: Node,
  { kind, detail = '', place, typed }: Failure,
  passed: Node = OK,
): Node {
  const head = stringConstant(`!${kind}@${place}@${detail}`);
  const types = typed.map((one) => call('typeof', [typeCopy(one)]));
  const name = types.reduce((a, b) => call('||', [call('||', [a, stringConstant('|')]), b]), head);
  const ok = { ...booleanConstant(true), alias: 'ok' };
  const verdict = caseWhen(condition, passed, name);
  const passes = call('struct_extract', [call('struct_pack', [ok]), verdict]);
  const type = typeOf(value);
  const result = caseWhen(passes, { ...value, alias: '' }, nullConstant(), text(value.alias));
  return type === undefined ? result : { ...result, [TYPE]: type };
}

const OK = stringConstant('ok');
const booleanConstant = (value: boolean): Node => cast(stringConstant(String(value)), 'BOOLEAN');

/** The value that a check lets through; anything else as it is. */
export function withoutCheck(node: Node): Node {
  const [first] = nodes(node.case_checks);
  const when = first?.when_expr as Node | undefined;
  return node.class === 'CASE' && text(when?.function_name) === 'struct_extract'
    ? withoutCheck(first?.then_expr as Node)
    : node;
}

/**
 * Of several expressions the one whose name `choice` gives when the query is bound. Its type is that of the whole, where
 * a CASE would take the widest of all. Every one is computed: none may fail or cost where it is not chosen.
 */
export function byType(choices: Record<string, Node>, choice: Node): Node {
  const known = stringLiteral(choice);
  if (known !== undefined && choices[known]) return choices[known];
  const fields = Object.entries(choices).map(([name, node]) => ({ ...node, alias: name }));
  return call('struct_extract', [call('struct_pack', fields), choice]);
}

/**
 * A copy for `typeof`: without the checks in it, of a quotient only the part that has its type, of what is joined by `||`
 * only the first. So neither what nests nor what goes on and on makes the query grow with every level.
 */
export function typeCopy(node: Node): Node {
  const typed = typeBearer(node);
  const copy = Object.fromEntries(Object.entries(typed).map(([key, value]) => [key, copyValue(value)]));
  // An alias would make a named argument of it.
  return { ...copy, alias: '' };
}

function typeBearer(node: Node): Node {
  const bare = withoutCheck(node);
  const [first] = nodes(bare.children);
  if (bare.is_operator === true && bare.function_name === '||' && first) return typeBearer(first);
  const last = nodes(first?.children).at(-1);
  return text(bare.function_name) === 'struct_extract' && last?.alias === 'quotient' ? last : bare;
}

function copyValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyValue);
  return isNode(value) ? { ...typeCopy(value), ...('alias' in value ? { alias: value.alias } : {}) } : value;
}

/** `value`, which must be of a type that has a common one with that of `other`. */
export function comparable(value: Node, other: Node, failure: Failure): Node {
  const [a, b] = [typeOf(value), typeOf(other)];
  const known = a === undefined || b === undefined ? undefined : areComparable(a, b);
  const compared = COMPARED.has(failure.kind);
  if (known === true && (!compared || a === undefined || FAMILIES.plain(a))) return value;
  const condition =
    known === undefined
      ? call('athena_comparable', [typeCopy(value), typeCopy(other)])
      : booleanConstant(known);
  const refusal = stringConstant('!refused@@compared_elements');
  const passed = compared ? caseWhen(is('plain', value), OK, refusal) : OK;
  return checked(value, condition, failure, passed);
}

/** Of these, values are compared, and not only given one for the other. */
const COMPARED = new Set<Failure['kind']>(['operator', 'in', 'between', 'extreme', 'nullif']);

/** Is the type of `value` of this family? To be asked when the query is bound, or known before. */
export function is(family: Family, value: Node): Node {
  const type = typeOf(value);
  return type === undefined
    ? call(`athena_is_${family}`, [typeCopy(value)])
    : booleanConstant(FAMILIES[family](type));
}

/** `value`, which must be of a type of this family, or NULL. */
export function ofFamily(value: Node, family: Family, failure: Failure): Node {
  const type = typeOf(value);
  const known = type === undefined || !tells(type, family) ? undefined : isOf(type, family);
  const condition = () =>
    conjunction('CONJUNCTION_OR', [is(family, value), call('athena_is_unknown', [typeCopy(value)])]);
  return checkedIf(known, value, condition, failure);
}

/** `value`, which may not be of a type of this family. */
export function notOfFamily(value: Node, family: Family, failure: Failure): Node {
  const type = typeOf(value);
  const known = type === undefined || !tells(type, family) ? undefined : !FAMILIES[family](type);
  return checkedIf(known, value, () => operator('OPERATOR_NOT', [is(family, value)]), failure);
}

/** What is known to fail fails when the query is bound, too: a column that does not exist comes first. */
function checkedIf(known: boolean | undefined, value: Node, condition: () => Node, failure: Failure): Node {
  if (known === true) return value;
  return checked(value, known === false ? booleanConstant(false) : condition(), failure);
}

/** The error that the name of a missing field stands for; undefined where the name is none of ours. */
export function explainCheck(name: string): QueryError | undefined {
  const [, kind = '', place = '', detail = '', types = ''] =
    /^!(\w+)@([^@]*)@([^|]*)\|?(.*)$/s.exec(name) ?? [];
  if (kind === 'refused') return refuse((REFUSALS as Record<string, string>)[detail] ?? detail);
  const named = types.split('|').filter(Boolean).map(athenaType);
  const at = place === '' ? '' : `line ${place}: `;
  if (kind === 'arguments') return noSuchFunction(detail, named, at);
  const words = (MISMATCHES as Record<string, Words>)[kind];
  // What to do about it is said already where text meets a number in ||.
  return words && mismatch(`${at}${words(named, detail)}`, kind === 'concat' ? [] : named);
}

/** Athena knows the function, and not for these types. */
export const noSuchFunction = (name: string, types: string[], at = ''): QueryError =>
  new QueryError(
    'FUNCTION_NOT_FOUND',
    `${at}Unexpected parameters (${types.join(', ')}) for function ${name}`,
  );

/** TYPE_MISMATCH, with what the writer most likely meant where text meets a number or a date. */
export function mismatch(what: string, types: string[]): QueryError {
  const others = types.filter((type) => type !== 'varchar');
  const hint =
    others.length === types.length
      ? ''
      : others.some((type) => /^(date|timestamp)/.test(type))
        ? ". Text becomes a date by CAST(x AS date), and a date text by CAST(x AS varchar); a literal text needs single quotes: '2026-11-25'"
        : others.some((type) => /^(tinyint|smallint|integer|bigint|double|real|decimal)/.test(type))
          ? ". A literal text needs single quotes: '2026-11-25'; text becomes a number by CAST(x AS double)"
          : '';
  return new QueryError('TYPE_MISMATCH', `${what}${hint}`);
}

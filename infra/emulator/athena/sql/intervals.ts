/** `INTERVAL '1' HOUR` and `EXTRACT(HOUR FROM x)`: syntax that the parser has already turned into calls. */
import { call, cast, type Node, nodes, stringLiteral, text } from './ast.ts';
import { QueryError, refuse } from './refusal.ts';
import { typeOf } from './static-types.ts';

/** Fields of EXTRACT: each is a function as well. */
const EXTRACT = new Set(
  `year quarter month week day day_of_month dow day_of_week doy day_of_year year_of_week yow hour minute second`.split(
    ' ',
  ),
);

const INTERVALS = new Set(['to_years', 'to_months', 'to_days', 'to_hours', 'to_minutes', 'to_seconds']);

/** Parts of a day, which a date does not have. */
const OF_A_DAY = new Set(['to_hours', 'to_minutes', 'to_seconds', 'to_milliseconds']);

/** How the parser writes an interval; nobody calls these by name. */
export const isIntervalCall = (node: Node): boolean => INTERVALS.has(text(node.function_name));

/** Does this expression make an interval, as far as its form tells? */
export const isInterval = (node: Node): boolean =>
  isIntervalCall(node) || (node.is_operator === true && nodes(node.children).some(isInterval));

/** Months are of no length: what is added to a timestamp of another zone depends on its wall clock. */
export const isMonths = (node: Node): boolean => ['to_years', 'to_months'].includes(text(node.function_name));

export function intervalLiteral(node: Node): Node {
  let inner = nodes(node.children)[0];
  while (inner && (inner.class === 'CAST' || text(inner.function_name) === 'trunc')) {
    inner = (inner.class === 'CAST' ? inner.child : nodes(inner.children)[0]) as Node;
  }
  if (!/^[+-]?\d+$/.test(stringLiteral(inner) ?? '')) {
    throw new QueryError(
      'SYNTAX_ERROR',
      "An interval is written INTERVAL '1' HOUR, with a whole number in quotes",
    );
  }
  return node;
}

/** The function that a field of EXTRACT stands for. */
export function extractFunction(field: Node | undefined): string {
  const name = (stringLiteral(field) ?? '').toLowerCase();
  if (!EXTRACT.has(name)) throw refuse(`EXTRACT(${name.toUpperCase()} …)`);
  return name;
}

/** Does this expression make a date, as far as its form tells? */
export const isDate = (node: Node | undefined): boolean => node !== undefined && typeOf(node) === 'DATE';

/** `a + b` or `a - b`, where one of them is a date or an interval: a date stays one. */
export function dateArithmetic(name: '+' | '-', left: Node, right: Node): Node | undefined {
  const plain = { ...call(name, [left, right]), is_operator: true };
  if (name === '-' && isDate(left) && isDate(right)) {
    return { ...plain, children: [cast(left, 'TIMESTAMP'), cast(right, 'TIMESTAMP')] };
  }
  if (isDate(left) || (name === '+' && isDate(right))) {
    if ([left, right].some((side) => OF_A_DAY.has(text(side.function_name)))) {
      throw new QueryError('TYPE_MISMATCH', 'Cannot add hours, minutes or seconds to a date');
    }
    return cast(plain, 'DATE');
  }
  return undefined;
}

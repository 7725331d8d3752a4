/** Operators whose result this engine would give another value or type: division, and what is done with dates. */
import {
  call,
  caseWhen,
  conjunction,
  integerConstant,
  type Node,
  nullConstant,
  operator,
  stringConstant,
  TYPE,
} from './ast.ts';
import { byType, checked, type Failure, is, notOfFamily, typeCopy } from './checks.ts';
import { macro } from './context.ts';
import { FAMILIES, isWhole, NUMBER } from './families.ts';
import { dateArithmetic, isInterval } from './intervals.ts';
import { typeOf } from './static-types.ts';

const infix = (name: string, left: Node, right: Node): Node => ({
  ...call(name, [left, right]),
  is_operator: true,
});
const and = (...conditions: Node[]) => conjunction('CONJUNCTION_AND', conditions);
const or = (...conditions: Node[]) => conjunction('CONJUNCTION_OR', conditions);
const not = (condition: Node) => operator('OPERATOR_NOT', [condition]);
const equalTo = (value: Node, number: number): Node => ({
  class: 'COMPARISON',
  type: 'COMPARE_EQUAL',
  alias: '',
  left: value,
  right: integerConstant(number),
});

const DIVISION_BY_ZERO = macro('fail', [stringConstant('DIVISION_BY_ZERO: Division by zero')]);

/**
 * Whole numbers divide to whole numbers and fail at zero, doubles do as IEEE 754 says. Decimals divide to as few
 * decimals as the operands have (1.0/3 is 0.3 in Athena): refused.
 */
export function divide(a: Node, b: Node): Node {
  const quotient = infix('/', a, b);
  if (typeOf(a) === 'DOUBLE' || typeOf(b) === 'DOUBLE') return { ...quotient, [TYPE]: 'DOUBLE' };
  const [left, right] = [typeOf(a), typeOf(b)];
  if (left !== undefined && right !== undefined && isWhole(left) && isWhole(right)) return divideWhole(a, b);
  const floating = or(is('floating', a), is('floating', b));
  const whole = caseWhen(and(not(floating), equalTo(b, 0)), DIVISION_BY_ZERO, infix('//', a, b));
  const decimal = and(not(floating), or(is('decimal', a), is('decimal', b)));
  const kind = caseWhen(floating, stringConstant('floats'), stringConstant('quotient'));
  const choice = caseWhen(decimal, stringConstant('!refused@@decimal_division'), kind);
  return { ...byType({ floats: quotient, quotient: whole }, choice), [TYPE]: NUMBER };
}

function divideWhole(a: Node, b: Node): Node {
  const quotient = infix('//', a, b);
  const divisor = b.class === 'CONSTANT' ? (b.value as Node).value : 0;
  return divisor === 0 ? caseWhen(equalTo(b, 0), DIVISION_BY_ZERO, quotient) : quotient;
}

/** `a + b` or `a - b`. A date stays a date where this engine would make a timestamp of it. */
export function addOrSubtract(name: '+' | '-', a: Node, b: Node, place: string): Node {
  const plain = infix(name, a, b);
  const [left, right] = [typeOf(a), typeOf(b)];
  if (isInterval(a) || isInterval(b)) {
    const visible = dateArithmetic(name, a, b);
    if (visible) return visible;
    const [moved, type] = isInterval(b) ? [a, left] : [b, right];
    return type === undefined ? datesApart(plain, moved) : plain;
  }
  if (left !== undefined && right !== undefined && FAMILIES.number(left) && FAMILIES.number(right))
    return plain;
  const failure: Failure = { kind: 'operator', detail: name, place, typed: [a, b] };
  const mixed = or(and(is('date', a), is('number', b)), and(is('number', a), is('date', b)));
  const operand = checked(b, not(mixed), failure);
  const visible = dateArithmetic(name, a, operand);
  if (visible || name === '+' || right !== undefined) return visible ?? infix(name, a, operand);
  // A difference of two dates is an interval in Athena, and a number here where the query does not show the dates.
  const refusal: Failure = { kind: 'refused', detail: 'date_arithmetic', place: '', typed: [] };
  return infix(name, notOfFamily(a, 'date', refusal), operand);
}

/** What an interval was added to, where only the engine knows whether that is a date. */
function datesApart(sum: Node, moved: Node): Node {
  const date = is('date', moved);
  const days = caseWhen(date, macro('whole_days', [sum]), nullConstant());
  return byType({ date: days, other: sum }, caseWhen(date, stringConstant('date'), stringConstant('other')));
}

/** `a || b`, of texts or of arrays: this engine would make text of everything else. */
export function concatenation(a: Node, b: Node, place: string): Node {
  if (typeOf(a) === 'VARCHAR' && typeOf(b) === 'VARCHAR') return infix('||', a, b);
  const failure: Failure = { kind: 'concat', place, typed: [a, b] };
  const nested = or(not(is('plain', a)), not(is('plain', b)));
  const alike = call('athena_comparable', [typeCopy(a), typeCopy(b)]);
  const texts = and(alike, or(is('text', a), is('text', b)));
  return infix('||', a, checked(b, or(nested, texts), failure));
}

/** `value`, which may not be a decimal. */
export const notDecimal = (value: Node): Node =>
  notOfFamily(value, 'decimal', { kind: 'refused', detail: 'decimal_scale', place: '', typed: [] });

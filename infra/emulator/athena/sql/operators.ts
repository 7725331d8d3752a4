/** Operators whose result this engine would give another value or type: division, and what is done with dates. */
import {
  call,
  caseWhen,
  conjunction,
  integerConstant,
  type Node,
  nodes,
  nullConstant,
  operator,
  stringConstant,
  text,
} from './ast.ts';
import { byType, checked, type Failure, formOf, is, typeCopy } from './checks.ts';
import { macro } from './context.ts';
import { dateArithmetic, isInterval } from './intervals.ts';

const infix = (name: string, left: Node, right: Node): Node => ({
  ...call(name, [left, right]),
  is_operator: true,
});
const and = (...conditions: Node[]) => conjunction('CONJUNCTION_AND', conditions);
const or = (...conditions: Node[]) => conjunction('CONJUNCTION_OR', conditions);
const not = (condition: Node) => operator('OPERATOR_NOT', [condition]);

/**
 * Whole numbers divide to whole numbers and fail at zero, doubles do as IEEE 754 says. Decimals divide to as few decimals
 * as the operands have (1.0/3 is 0.3 in Athena): refused.
 */
export function divide(a: Node, b: Node): Node {
  const quotient = infix('/', a, b);
  if (showsDouble(a) || showsDouble(b)) return quotient;
  const floating = or(is('floating', a), is('floating', b));
  const byZero = and(not(floating), equalTo(b, 0));
  const whole = caseWhen(
    byZero,
    macro('fail', [stringConstant('DIVISION_BY_ZERO: Division by zero')]),
    infix('//', a, b),
  );
  const decimal = and(not(floating), or(is('decimal', a), is('decimal', b)));
  const kind = caseWhen(floating, stringConstant('floats'), stringConstant('quotient'));
  return byType(
    { floats: quotient, quotient: whole },
    caseWhen(decimal, stringConstant('!refused@@decimal_division'), kind),
  );
}

/** Is this a double, as far as its form tells? Arithmetic with a double is one. */
function showsDouble(node: Node): boolean {
  if (node.class === 'CAST') return text((node.cast_type as Node).id) === 'DOUBLE';
  return (
    node.is_operator === true &&
    /^[-+*/]$/.test(text(node.function_name)) &&
    nodes(node.children).some(showsDouble)
  );
}

const equalTo = (value: Node, number: number): Node => ({
  class: 'COMPARISON',
  type: 'COMPARE_EQUAL',
  alias: '',
  left: value,
  right: integerConstant(number),
});

/** `a + b` or `a - b`. A date stays a date where this engine would make a timestamp of it. */
export function addOrSubtract(name: '+' | '-', a: Node, b: Node, place: string): Node {
  const plain = infix(name, a, b);
  if (isInterval(a) || isInterval(b)) {
    const visible = dateArithmetic(name, a, b);
    if (visible) return visible;
    const date = name === '+' ? or(is('date', a), is('date', b)) : is('date', a);
    const sum = caseWhen(date, macro('whole_days', [plain]), nullConstant());
    const choice = caseWhen(date, stringConstant('date'), stringConstant('other'));
    return byType({ date: sum, other: plain }, choice);
  }
  if (formOf(a) === 'number' && formOf(b) === 'number') return plain;
  const failure: Failure = { kind: 'operator', detail: name, place, typed: [a, b] };
  const mixed = or(and(is('date', a), is('number', b)), and(is('number', a), is('date', b)));
  const right = checked(b, not(mixed), failure);
  const visible = dateArithmetic(name, a, right);
  if (visible || name === '+' || formOf(b)) return visible ?? infix(name, a, right);
  // A difference of two dates is an interval in Athena, and a number here where the query does not show the dates.
  const refusal: Failure = { kind: 'refused', detail: 'date_arithmetic', place: '', typed: [] };
  return infix(name, a, checked(right, not(is('date', a)), refusal));
}

/** `a || b`, of texts or of arrays: this engine would make text of everything else. */
export function concatenation(a: Node, b: Node, place: string): Node {
  const failure: Failure = { kind: 'concat', place, typed: [a, b] };
  const alike = or(
    call('athena_comparable', [typeCopy(a), typeCopy(b)]),
    not(is('plain', a)),
    not(is('plain', b)),
  );
  const textual = or(is('text', a), not(is('plain', a)), not(is('plain', b)));
  const known = formOf(a) === 'text' && formOf(b) === 'text';
  return infix('||', a, known ? b : checked(b, and(alike, textual), failure));
}

/** `value`, which must not be text: that has no subscript, and is none. */
export const notText = (value: Node, failure: Failure): Node =>
  checked(value, not(call('athena_is_varchar', [typeCopy(value)])), failure);

/** `value`, which may not be a decimal. */
export const notDecimal = (value: Node): Node =>
  checked(value, not(is('decimal', value)), {
    kind: 'refused',
    detail: 'decimal_scale',
    place: '',
    typed: [],
  });

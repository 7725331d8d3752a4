/**
 * Metric math, as far as it is evaluated here: numbers, ids of metrics, arithmetic, comparisons, AND and OR, IF and FILL.
 * Anything else is an error, and not a wrong alarm.
 */
import { SetupError } from '../../base/setup-error.ts';

export const ARITHMETIC = ['+', '-', '*', '/'] as const;
export const COMPARISONS = ['==', '!=', '<=', '>=', '<', '>'] as const;
export const LOGICAL = ['AND', 'OR'] as const;
export type Operator = (typeof ARITHMETIC)[number] | (typeof COMPARISONS)[number] | (typeof LOGICAL)[number];

export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'metric'; id: string }
  | { kind: 'negative'; of: Expression }
  | { kind: 'binary'; operator: Operator; left: Expression; right: Expression }
  | { kind: 'IF'; condition: Expression; yes: Expression; no: Expression | undefined }
  | { kind: 'FILL'; series: Expression; value: Expression };

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(==|!=|<=|>=|&&|\|\||[-+*/<>(),]))/y;
const SPELLINGS: Record<string, string> = { '&&': 'AND', '||': 'OR' };
/** From the loosest to the closest. */
const LEVELS: readonly (readonly Operator[])[] = [['OR'], ['AND'], COMPARISONS, ['+', '-'], ['*', '/']];

/** @throws SetupError for what is not evaluated here, or is not an expression */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text);
  const expression = parser.level(0);
  parser.expectEnd();
  return expression;
}

/** The ids of the metrics and expressions that it needs. */
export function idsIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'number':
      return [];
    case 'metric':
      return [expression.id];
    case 'negative':
      return idsIn(expression.of);
    case 'binary':
      return [...idsIn(expression.left), ...idsIn(expression.right)];
    case 'IF':
      return [expression.condition, expression.yes, ...[expression.no ?? []].flat()].flatMap(idsIn);
    case 'FILL':
      return [...idsIn(expression.series), ...idsIn(expression.value)];
  }
}

class Parser {
  readonly #text: string;
  readonly #tokens: string[];

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  level(at: number): Expression {
    const operators = LEVELS[at];
    if (operators === undefined) return this.#unary();
    let left = this.level(at + 1);
    for (let operator = this.#takeOne(operators); operator; operator = this.#takeOne(operators)) {
      left = { kind: 'binary', operator, left, right: this.level(at + 1) };
    }
    return left;
  }

  expectEnd(): void {
    if (this.#tokens.length > 0) throw this.#wrong('the end');
  }

  #unary(): Expression {
    if (this.#takeOne(['-'])) return { kind: 'negative', of: this.#unary() };
    const token = this.#tokens.shift() ?? '';
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) };
    if (token === '(') {
      const inner = this.level(0);
      this.#expect(')');
      return inner;
    }
    if (this.#tokens[0] === '(') return this.#call(token);
    // As CloudWatch has it: an id begins with a lowercase letter.
    if (/^[a-z]/.test(token)) return { kind: 'metric', id: token };
    throw this.#wrong('a number, a metric or a function', token);
  }

  #call(name: string): Expression {
    if (name !== 'IF' && name !== 'FILL') throw this.#wrong('IF or FILL, the functions known here', name);
    const [first, second, third, ...more] = this.#arguments();
    if (name === 'IF' && first && second && more.length === 0) {
      return { kind: 'IF', condition: first, yes: second, no: third };
    }
    if (name === 'FILL' && first && second && !third) return { kind: 'FILL', series: first, value: second };
    throw this.#wrong('IF(condition, value, value) or FILL(metric, number)', `other arguments of ${name}`);
  }

  #arguments(): Expression[] {
    this.#expect('(');
    const found = [this.level(0)];
    while (this.#takeOne([','])) found.push(this.level(0));
    this.#expect(')');
    return found;
  }

  #takeOne<T extends string>(wanted: readonly T[]): T | undefined {
    const found = wanted.find((one) => one === this.#tokens[0]);
    if (found !== undefined) this.#tokens.shift();
    return found;
  }

  #expect(token: string): void {
    if (!this.#takeOne([token])) throw this.#wrong(token);
  }

  #wrong(expected: string, got = this.#tokens[0] ?? 'the end'): SetupError {
    return new SetupError(`Metric math "${this.#text}" does not run here: expected ${expected}, got ${got}`);
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const trimmed = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(trimmed);
    const token = match?.[1] ?? match?.[2] ?? match?.[3];
    if (token === undefined) {
      const got = trimmed.slice(at, at + 10).trim();
      throw new SetupError(
        `Metric math "${text}" does not run here: expected an operator or a name, got ${got}`,
      );
    }
    tokens.push(SPELLINGS[token] ?? token);
  }
  return tokens;
}

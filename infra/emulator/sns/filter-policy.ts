/**
 * Subscription filter policies with the scope `MessageAttributes`: every key of the policy must match, by any of its
 * conditions. https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
import { AwsError } from '../wire/aws-error.ts';
import type { MessageAttribute } from './message.ts';

const MAX_KEYS = 5;
/** Product of the number of values per key. */
const MAX_COMBINATIONS = 150;
const MAX_NUMBER = 1e9;

type Scalar = string | number | boolean | null;
type Test = (value: Scalar) => boolean;
/** Whether the attribute of one key matches. `values` is undefined where the message lacks the attribute. */
type Condition = (values: Scalar[] | undefined) => boolean;

export type FilterPolicy = ReadonlyMap<string, readonly Condition[]>;

const refuse = (reason: string) =>
  new AwsError('InvalidParameter', `Invalid parameter: FilterPolicy: ${reason}`);

/**
 * A policy from its JSON text.
 * @throws AwsError InvalidParameter, for what AWS refuses and for the operators that are not emulated
 */
export function parseFilterPolicy(text: string): FilterPolicy {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refuse('failed to parse JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw refuse('expected a JSON object');
  const entries = Object.entries(json);
  if (entries.length > MAX_KEYS) throw refuse(`expected at most ${MAX_KEYS} keys, got ${entries.length}`);
  const policy = new Map<string, Condition[]>();
  let combinations = 1;
  for (const [key, conditions] of entries) {
    if (key === '$or') throw refuse('the $or operator is not emulated locally');
    if (!Array.isArray(conditions)) throw refuse(`"${key}" must be an array of conditions`);
    if (conditions.length === 0) throw refuse(`"${key}" must not be empty`);
    combinations *= conditions.length;
    policy.set(
      key,
      conditions.map((condition) => parseCondition(key, condition)),
    );
  }
  if (combinations > MAX_COMBINATIONS) {
    throw refuse(`too complex: expected at most ${MAX_COMBINATIONS} combinations, got ${combinations}`);
  }
  return policy;
}

/** Whether a message with these attributes passes the policy. A policy without keys passes everything. */
export function matches(policy: FilterPolicy, attributes: Record<string, MessageAttribute>): boolean {
  const names = Object.keys(attributes);
  for (const [key, conditions] of policy) {
    // Even `exists: false` does not match a message without any attribute (AWS, "Key matching").
    if (names.length === 0) return false;
    const attribute = attributes[key];
    const values = attribute && scalars(attribute);
    if (!conditions.some((condition) => condition(values))) return false;
  }
  return true;
}

/** An attribute's values; undefined for a binary one, which SNS does not filter by. */
function scalars({ type, value }: MessageAttribute): Scalar[] | undefined {
  if (type.startsWith('Binary')) return undefined;
  if (type.startsWith('Number')) return [Number(value)];
  if (type !== 'String.Array') return [value];
  try {
    const parsed: unknown = JSON.parse(value);
    return (Array.isArray(parsed) ? parsed : [parsed]).filter(isScalar);
  } catch {
    return [value];
  }
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

const any =
  (test: Test): Condition =>
  (values) =>
    values?.some(test) ?? false;

function parseCondition(key: string, condition: unknown): Condition {
  if (isScalar(condition)) return any((value) => value === condition);
  const entries = Object.entries(condition as object);
  const [operator, operand] = entries[0] ?? [];
  if (entries.length !== 1 || operator === undefined || Array.isArray(condition)) {
    throw refuse(
      `"${key}": match value must be String, number, true, false, null or an object with one operator`,
    );
  }
  if (operator === 'exists') {
    if (typeof operand !== 'boolean')
      throw refuse(`"${key}": exists match pattern must be either true or false.`);
    return (values) => (values !== undefined) === operand;
  }
  // As with the other operators, one value of an array is enough: ["rugby", "baseball"] passes anything-but "rugby".
  if (operator === 'anything-but') return any(not(parseAnythingBut(key, operand)));
  if (operator === 'numeric') return any(parseNumeric(key, operand));
  return any(parseText(key, operator, operand));
}

const not =
  (test: Test): Test =>
  (value) =>
    !test(value);

function parseText(key: string, operator: string, operand: unknown): Test {
  const test = TEXT_OPERATORS.get(operator);
  if (!test) throw refuse(`"${key}": the operator ${operator} is unknown or not emulated locally`);
  if (typeof operand !== 'string') throw refuse(`"${key}": ${operator} match pattern must be a string`);
  return (value) => typeof value === 'string' && test(value, operand);
}

const TEXT_OPERATORS = new Map<string, (value: string, operand: string) => boolean>([
  ['prefix', (value, operand) => value.startsWith(operand)],
  ['suffix', (value, operand) => value.endsWith(operand)],
  ['equals-ignore-case', (value, operand) => value.toLowerCase() === operand.toLowerCase()],
]);

function parseAnythingBut(key: string, operand: unknown): Test {
  const list = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0) throw refuse(`"${key}": anything-but must not be empty`);
  const tests = list.map((item): Test => {
    if (isScalar(item)) return (value) => value === item;
    const [[operator, text] = []] = Object.entries(item as object);
    return parseText(key, operator ?? '', text);
  });
  return (value) => tests.some((test) => test(value));
}

const COMPARISONS = new Map<unknown, (value: number, limit: number) => boolean>([
  ['=', (value, limit) => value === limit],
  ['<', (value, limit) => value < limit],
  ['<=', (value, limit) => value <= limit],
  ['>', (value, limit) => value > limit],
  ['>=', (value, limit) => value >= limit],
]);

/** `["=", 5]`, `["<", 5]` or a range `[">", 0, "<=", 150]`. */
function parseNumeric(key: string, operand: unknown): Test {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw refuse(`"${key}": numeric expects ["=", 5] or a range such as [">", 0, "<=", 150]`);
  }
  const tests: ((value: number) => boolean)[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const [operator, limit]: unknown[] = operand.slice(i, i + 2);
    const compare = COMPARISONS.get(operator);
    if (!compare) throw refuse(`"${key}": unrecognized numeric range operator: ${String(operator)}`);
    if (typeof limit !== 'number' || Math.abs(limit) > MAX_NUMBER) {
      throw refuse(`"${key}": numeric expects numbers between -10^9 and 10^9, got ${String(limit)}`);
    }
    tests.push((value) => compare(value, limit));
  }
  if (operand.length === 4 && !(String(operand[0]).startsWith('>') && String(operand[2]).startsWith('<'))) {
    throw refuse(`"${key}": numeric range expects > or >= first and < or <= second`);
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

/**
 * Subscription filter policies, over a message's attributes or its body: every key of the policy must match, by any of
 * its conditions. https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
import { AwsError } from '../wire/aws-error.ts';
import type { MessageAttribute } from './message.ts';

const MAX_KEYS = 5;
/** Product of the number of values per key. */
const MAX_COMBINATIONS = 150;
const MAX_NUMBER = 1e9;

export type FilterPolicyScope = 'MessageAttributes' | 'MessageBody';
type Scalar = string | number | boolean | null;
type Test = (value: Scalar) => boolean;
/** Whether the attribute of one key matches. `values` is undefined where the message lacks the attribute. */
type Condition = (values: Scalar[] | undefined) => boolean;

export interface FilterPolicy {
  scope: FilterPolicyScope;
  /** By key; a key inside of another is behind it, with {@link INSIDE} between them. */
  conditions: ReadonlyMap<string, readonly Condition[]>;
}

/** Between the keys of a path: no key of JSON that a person writes has it. */
const INSIDE = '\u0000';

const refuse = (reason: string) =>
  new AwsError('InvalidParameter', `Invalid parameter: FilterPolicy: ${reason}`);

/**
 * A policy from its JSON text.
 * @throws AwsError InvalidParameter, for what AWS refuses and for the operators that are not emulated
 */
export function parseFilterPolicy(
  text: string,
  scope: FilterPolicyScope = 'MessageAttributes',
): FilterPolicy {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refuse('failed to parse JSON');
  }
  if (!isObject(json)) throw refuse('expected a JSON object');
  const entries = [...leaves(json, scope === 'MessageBody')];
  if (entries.length > MAX_KEYS) throw refuse(`expected at most ${MAX_KEYS} keys, got ${entries.length}`);
  const conditions = new Map<string, Condition[]>();
  let combinations = 1;
  for (const { path, key, values } of entries) {
    if (values.length === 0) throw refuse(`"${key}" must not be empty`);
    // AWS counts a nested key as many times as it is deep.
    combinations *= values.length * path.length;
    conditions.set(
      path.join(INSIDE),
      values.map((condition) => parseCondition(key, condition)),
    );
  }
  if (combinations > MAX_COMBINATIONS) {
    throw refuse(`too complex: expected at most ${MAX_COMBINATIONS} combinations, got ${combinations}`);
  }
  return { scope, conditions };
}

const isObject = (json: unknown): json is object =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** The keys that have conditions. Only a policy over the body may nest them. */
function* leaves(
  policy: object,
  mayNest: boolean,
  outside: string[] = [],
): Generator<{ path: string[]; key: string; values: unknown[] }> {
  const entries = Object.entries(policy);
  // Without conditions it would pass everything.
  if (entries.length === 0 && outside.length > 0) throw refuse(`"${outside.at(-1)}" must not be empty`);
  for (const [key, values] of entries) {
    const path = [...outside, key];
    if (key === '$or') throw refuse('the $or operator is not emulated locally');
    if (Array.isArray(values)) yield { path, key, values };
    else if (mayNest && isObject(values)) yield* leaves(values, mayNest, path);
    else throw refuse(`"${key}" must be an array of conditions`);
  }
}

interface Filterable {
  attributes: Record<string, MessageAttribute>;
  /** As the subscription's protocol gets it. */
  body: string;
}

/** Whether the message passes the policy. A policy without keys passes everything. */
export function matches({ scope, conditions }: FilterPolicy, message: Filterable): boolean {
  if (conditions.size === 0) return true;
  const values = scope === 'MessageBody' ? valuesOfBody(message.body) : valuesOf(message.attributes);
  // Even `exists: false` does not match a message without any attribute (AWS, "Key matching").
  if (values === undefined || values.size === 0) return false;
  return [...conditions].every(([key, any]) => any.some((condition) => condition(values.get(key))));
}

const valuesOf = (attributes: Record<string, MessageAttribute>) =>
  new Map(Object.entries(attributes).map(([name, attribute]) => [name, scalars(attribute)] as const));

/** Undefined for a body that is not a JSON object, which passes no policy. */
function valuesOfBody(text: string): Map<string, Scalar[]> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  const values = new Map<string, Scalar[]>();
  gather(json, '', values);
  return values;
}

/** An array is all of its elements; so a key in an array of objects has the values of all of them. */
function gather(json: unknown, path: string, into: Map<string, Scalar[]>): void {
  if (isScalar(json)) into.set(path, [...(into.get(path) ?? []), json]);
  else if (Array.isArray(json)) for (const element of json) gather(element, path, into);
  else {
    for (const [key, value] of Object.entries(json as object)) {
      gather(value, path === '' ? key : `${path}${INSIDE}${key}`, into);
    }
  }
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
    // "The key must have a non-null and non-empty value" (AWS, "Key matching"); a key that has none is not absent.
    return (values) => (operand ? (values?.some(isSomething) ?? false) : values === undefined);
  }
  // As with the other operators, one value of an array is enough: ["rugby", "baseball"] passes anything-but "rugby".
  if (operator === 'anything-but') return any(not(parseAnythingBut(key, operand)));
  if (operator === 'numeric') return any(parseNumeric(key, operand));
  return any(parseText(key, operator, operand));
}

const isSomething = (value: Scalar) => value !== null && value !== '';

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
    const [[operator, text] = [], ...more] = Object.entries(item as object);
    if (more.length > 0) throw refuse(`"${key}": anything-but expects one operator`);
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

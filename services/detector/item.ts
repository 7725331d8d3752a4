/** Items of the state table: attributes to and from values. Every item of every kind is read and written through this. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Attributes = Record<string, AttributeValue>;

/** An item that is none of ours, or was changed by hand. */
export class UnreadableItem extends Error {}

/** The condition of a write: the item is as it was read. @param version 0 for an item that was not there */
export const ifStillOf = (version: number) =>
  version === 0
    ? { ConditionExpression: 'attribute_not_exists(site_id)' }
    : {
        ConditionExpression: 'version = :read',
        ExpressionAttributeValues: { ':read': { N: String(version) } },
      };

/** What DynamoDB's numbers hold, but for zero: 1E-130 to 9.99…E+125 (AWS documentation). */
const SMALLEST_NUMBER = 1e-130;
const LARGEST_NUMBER = 9.9e125;

/** A number that DynamoDB cannot hold is kept as text. */
export function number(value: number): AttributeValue {
  const size = Math.abs(value);
  const fits = value === 0 || (size >= SMALLEST_NUMBER && size <= LARGEST_NUMBER);
  return fits ? { N: String(value) } : { S: String(value) };
}

export interface ItemReader {
  has(name: string): boolean;
  text(name: string): string;
  number(name: string): number;
  oneOf<T extends string>(name: string, values: readonly T[]): T;
  list(name: string): ItemReader[];
  map(name: string): ItemReader;
  /** From its JSON. */
  array<T>(name: string): T[];
  object<T extends object>(name: string): T;
}

/** Attributes by type; every method throws an {@link UnreadableItem} that names what it wanted. */
export function reader(attributes: Attributes, what: string): ItemReader {
  const fail = (name: string, expected: string): never => {
    throw new UnreadableItem(
      `${what}: expected ${name} to be ${expected}. Delete the item, and its rule starts afresh.`,
    );
  };
  const text = (name: string) => attributes[name]?.S ?? fail(name, 'a string');
  return {
    has: (name) => attributes[name] !== undefined,
    text,
    number: (name) => numberIn(attributes[name]) ?? fail(name, 'a number'),
    oneOf: (name, values) =>
      values.find((value) => value === text(name)) ?? fail(name, `one of ${values.join(', ')}`),
    list: (name) =>
      (attributes[name]?.L ?? fail(name, 'a list')).map((entry) => reader(entry.M ?? {}, `${what} ${name}`)),
    map: (name) => reader(attributes[name]?.M ?? fail(name, 'a map'), `${what} ${name}`),
    array: (name) => {
      const value = parseJson(text(name));
      return Array.isArray(value) ? value : fail(name, 'a JSON array');
    },
    object: (name) => {
      const value = parseJson(text(name));
      return typeof value === 'object' && value !== null ? (value as never) : fail(name, 'a JSON object');
    },
  };
}

/** A number that {@link number} stored. */
function numberIn(attribute: AttributeValue | undefined): number | undefined {
  const text = attribute?.N ?? attribute?.S ?? '';
  return text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Values of a request as its form has them: bytes, dates, and no members that the form does not know. */
import { AwsError } from '../../wire/aws-error.ts';
import { Base64Text, blobOf } from './base64.ts';
import { membersOf } from './members.ts';
import type { Members, Shape } from './shapes.ts';

const refuse = (text: string): never => {
  throw new AwsError('SerializationException', text);
};

const LIST = 'Start of list found where not expected';
const MAP = 'Start of structure or map found where not expected.';
const JAVA: Readonly<Record<string, string>> = {
  boolean: 'java.lang.Boolean',
  string: 'java.lang.String',
  number: 'com.amazon.coral.value.json.numbers.TruncatingBigNumber',
};

/** @throws AwsError for a value of another type, in AWS' words */
export function convertAll(given: Record<string, unknown>, members: Members): Record<string, unknown> {
  const converted: Record<string, unknown> = {};
  for (const { name, shape } of membersOf(members)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value !== undefined && value !== null) converted[name] = convert(value, shape);
  }
  return converted;
}

function convert(value: unknown, shape: Shape): unknown {
  if (value instanceof Base64Text) {
    return shape.type === 'blob' ? value.decode(refuse) : convert(value.toString(), shape);
  }
  switch (shape.type) {
    case 'string':
      return typeof value === 'string' ? value : refuseAs(value, 'an String');
    case 'integer':
      if (typeof value === 'bigint') return Number(value);
      return typeof value === 'number'
        ? Math.min(Math.floor(value), 2_147_483_647)
        : refuseAs(value, 'an Integer');
    case 'boolean':
      return typeof value === 'boolean' ? value : refuseBoolean(value);
    case 'blob':
      if (value instanceof Uint8Array) return value;
      return typeof value === 'string' ? blobOf(value, refuse) : refuseAs(value, 'a Blob');
    case 'timestamp':
      return timeOf(value) ?? refuseAs(value, 'milliseconds since epoch');
    case 'list':
      if (Array.isArray(value)) return value.map((item) => convert(item ?? {}, shape.of));
      return refuse(typeof value === 'object' ? MAP : 'Expected list or null');
    case 'map':
      return Object.fromEntries(
        Object.entries(objectOf(value, 'Expected map or null')).map(([key, item]) => [
          key,
          convert(item, shape.of),
        ]),
      );
    case 'structure':
      return convertAll(objectOf(value, 'Expected null'), shape.members);
  }
}

function objectOf(value: unknown, otherwise: string): Record<string, unknown> {
  if (Array.isArray(value)) return refuse(LIST);
  return typeof value === 'object' ? (value as Record<string, unknown>) : refuse(otherwise);
}

function refuseAs(value: unknown, type: string): never {
  if (typeof value === 'object') return refuse(Array.isArray(value) ? LIST : MAP);
  return refuse(`class ${JAVA[typeof value] ?? JAVA.number} can not be converted to ${type}`);
}

function refuseBoolean(value: unknown): never {
  return typeof value === 'string'
    ? refuse(`'${value.toUpperCase()}' can not be converted to an Boolean`)
    : refuseAs(value, 'an Boolean');
}

/** Seconds in JSON; milliseconds in the tag that CBOR has for times. */
function timeOf(value: unknown): Date | undefined {
  if (value instanceof Date) return value;
  return typeof value === 'number' ? new Date(Math.round(value * 1000)) : undefined;
}

/** The constraints of a request's form, and AWS' words for those that are broken. */
import { AwsError } from '../../wire/aws-error.ts';
import { membersOf } from './members.ts';
import type { InputOf, Members, Shape } from './shapes.ts';

/** AWS names no more than these. */
const MOST_ERRORS = 10;

/** @throws AwsError that names every constraint that is broken */
export function validated<M extends Members>(converted: Record<string, unknown>, members: M): InputOf<M> {
  const errors: string[] = [];
  checkAll(converted, members, '', errors);
  if (errors.length > 0) {
    const count = `${errors.length} validation error${errors.length > 1 ? 's' : ''} detected`;
    throw new AwsError('ValidationException', `${count}: ${errors.join('; ')}`);
  }
  // Everything that the type says of it has been checked.
  return converted as InputOf<M>;
}

function checkAll(values: Record<string, unknown>, members: Members, path: string, errors: string[]): void {
  for (const { name, shown, shape } of membersOf(members)) {
    check(values[name], shape, `${path}${shown}`, errors);
  }
}

function check(value: unknown, shape: Shape, path: string, errors: string[]): void {
  if (value === undefined) {
    if (shape.required) fail(errors, 'null', path, 'Member must not be null');
    return;
  }
  for (const constraint of broken(value, shape)) fail(errors, `'${shown(value, shape)}'`, path, constraint);
  if (shape.type === 'structure')
    checkAll(value as Record<string, unknown>, shape.members, `${path}.`, errors);
  if (shape.type === 'list' && shape.of.type === 'structure') {
    const { members } = shape.of;
    (value as Record<string, unknown>[]).forEach((item, i) => {
      checkAll(item, members, `${path}.${i + 1}.member.`, errors);
    });
  }
}

function fail(errors: string[], value: string, path: string, constraint: string): void {
  if (errors.length >= MOST_ERRORS) return;
  errors.push(`Value ${value} at '${path}' failed to satisfy constraint: ${constraint}`);
}

const between = (min: number, max: number) =>
  `Member must satisfy constraint: [Member must have length less than or equal to ${max}, Member must have length greater than or equal to ${min}]`;

const NONE: readonly string[] = [];

function broken(value: unknown, shape: Shape): readonly string[] {
  switch (shape.type) {
    case 'string':
      return brokenText(String(value), shape);
    case 'integer':
      return [
        ...(Number(value) < (shape.min ?? -Infinity)
          ? [`Member must have value greater than or equal to ${shape.min}`]
          : []),
        ...(Number(value) > (shape.max ?? Infinity)
          ? [`Member must have value less than or equal to ${shape.max}`]
          : []),
      ];
    case 'blob':
      return brokenLength((value as Uint8Array).length, shape);
    case 'list': {
      const items = value as unknown[];
      const { of } = shape;
      const bounds = of.type === 'string' && of.max !== undefined ? of : undefined;
      const fits = items.every((item) => !bounds || brokenLength(String(item).length, bounds).length === 0);
      return [
        ...brokenLength(items.length, shape),
        ...(fits ? [] : [between(bounds?.min ?? 0, bounds?.max ?? 0)]),
      ];
    }
    case 'map': {
      const entries = Object.entries(value as Record<string, string>);
      const keysFit = entries.every(([key]) => key.length >= 1 && key.length <= shape.keyMax);
      return [
        ...brokenLength(entries.length, shape),
        ...(keysFit ? [] : [`Map keys must satisfy constraint: ${between(1, shape.keyMax).slice(31)}`]),
      ];
    }
    default:
      return NONE;
  }
}

const expressions = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern) ?? new RegExp(`^(?:${pattern})$`);
  expressions.set(pattern, known);
  return known;
}

function brokenText(text: string, shape: Extract<Shape, { type: 'string' }>): readonly string[] {
  const { pattern, values } = shape;
  const length = brokenLength(text.length, shape);
  const fitsPattern = pattern === undefined || expressionOf(pattern).test(text);
  const fitsValues = values === undefined || values.includes(text);
  if (fitsPattern && fitsValues) return length;
  return [
    ...(fitsPattern ? [] : [`Member must satisfy regular expression pattern: ${pattern}`]),
    ...length,
    ...(fitsValues ? [] : [`Member must satisfy enum value set: [${values.join(', ')}]`]),
  ];
}

function brokenLength(
  length: number,
  { min = 0, max = Infinity }: { min?: number; max?: number },
): readonly string[] {
  if (length < min) return [`Member must have length greater than or equal to ${min}`];
  return length > max ? [`Member must have length less than or equal to ${max}`] : NONE;
}

/** As AWS shows the value: for bytes their number, for structures in a list only what they are. */
function shown(value: unknown, shape: Shape): string {
  switch (shape.type) {
    case 'blob': {
      const { length } = value as Uint8Array;
      return `java.nio.HeapByteBuffer[pos=0 lim=${length} cap=${length}]`;
    }
    case 'list':
      return `[${(value as unknown[]).map((item) => shape.shownAs ?? String(item)).join(', ')}]`;
    case 'map':
      return `{${Object.entries(value as object)
        .map(([key, item]) => `${key}=${item}`)
        .join(', ')}}`;
    default:
      return String(value);
  }
}

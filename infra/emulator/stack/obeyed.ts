/** Which properties of a resource have an effect here, and which are set without effect. */
import { z } from 'zod';

/**
 * Paths of the properties that a schema reads, such as `Environment.Variables`; `*` stands for each item of a list.
 * Properties of type `unknown` are accepted and not read.
 */
export function pathsOf(schema: z.ZodType, path = ''): string[] {
  const inner = insideOf(schema);
  if (inner instanceof z.ZodUnknown) return [];
  if (inner instanceof z.ZodArray && insideOf(inner.element as z.ZodType) instanceof z.ZodObject) {
    return pathsOf(inner.element as z.ZodType, join(path, '*'));
  }
  if (!(inner instanceof z.ZodObject)) return [path];
  return Object.entries(inner.shape).flatMap(([name, part]) => pathsOf(part as z.ZodType, join(path, name)));
}

const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

/** The schema without its wrappers for optional values, defaults and transforms. */
function insideOf(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return insideOf(schema.def.innerType as z.ZodType);
  }
  return schema instanceof z.ZodPipe ? insideOf(schema.def.in as z.ZodType) : schema;
}

/** Paths of the properties that are set and have no effect. Where a whole part has no effect, only the part's path. */
export function withoutEffect(properties: unknown, obeys: readonly string[], path = ''): string[] {
  if (path !== '' && obeys.some((one) => one === path || path.startsWith(`${one}.`))) return [];
  if (path !== '' && !obeys.some((one) => one.startsWith(`${path}.`))) return [path];
  if (Array.isArray(properties)) {
    return [...new Set(properties.flatMap((item) => withoutEffect(item, obeys, join(path, '*'))))];
  }
  if (typeof properties !== 'object' || properties === null) return [path];
  return Object.entries(properties).flatMap(([name, value]) => withoutEffect(value, obeys, join(path, name)));
}

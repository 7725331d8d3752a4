/** Help with every field of a rules file, from the schema of the contract: the table that editors complete from. */
import { z } from 'zod';
import { METRIC_FIELDS, METRICS } from '../../../../services/contract/reading.ts';
import { RULE_KINDS } from '../../../../services/contract/rule.ts';
import { rulesJsonSchema } from '../../../../services/contract/rules-json-schema.ts';
import type { RuleField } from '../rules-answers.ts';

interface Schema {
  type?: string | undefined;
  const?: unknown;
  enum?: unknown[] | undefined;
  default?: unknown;
  description?: string | undefined;
  pattern?: string | undefined;
  format?: string | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  minItems?: number | undefined;
  maxItems?: number | undefined;
  maxLength?: number | undefined;
  required?: string[] | undefined;
  properties?: Record<string, Schema> | undefined;
  items?: Schema | undefined;
  anyOf?: Schema[] | undefined;
}

const schemaSchema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    ...{ type: z.string().optional(), const: z.unknown().optional(), default: z.unknown().optional() },
    ...{ enum: z.array(z.unknown()).optional(), description: z.string().optional() },
    ...{ pattern: z.string().optional(), format: z.string().optional() },
    ...{ minimum: z.number().optional(), maximum: z.number().optional() },
    ...{ minItems: z.number().optional(), maxItems: z.number().optional() },
    ...{ maxLength: z.number().optional(), required: z.array(z.string()).optional() },
    properties: z.record(z.string(), schemaSchema).optional(),
    items: schemaSchema.optional(),
    anyOf: z.array(schemaSchema).optional(),
  }),
);
const fileSchema = z.object({
  properties: z.object({ rules: z.object({ items: z.object({ oneOf: z.array(schemaSchema) }) }) }),
});

/** Each kind has only itself as its value. */
const KIND = { takes: RULE_KINDS.map((kind) => JSON.stringify(kind)).join(', '), default: '"threshold"' };

/** Values of these are in the unit of the rule's metric. */
const IN_UNIT = ['threshold', 'recoveryThreshold', 'severity.threshold'];

/** Each field once for all kinds where it is the same, in the order of the schema. */
export function ruleFields(): RuleField[] {
  const fields = new Map<string, RuleField>();
  for (const rule of fileSchema.parse(rulesJsonSchema()).properties.rules.items.oneOf) {
    const kind = String(rule.properties?.kind?.const);
    for (const field of fieldsIn(rule, '', '')) {
      const key = JSON.stringify(field);
      const known = fields.get(key);
      if (known) known.kinds.push(kind);
      else fields.set(key, { ...field, kinds: [kind] });
    }
  }
  return [...fields.values()];
}

/** @param above what the field means that these belong to */
function fieldsIn(
  { properties = {}, required = [] }: Schema,
  prefix: string,
  above: string,
): Omit<RuleField, 'kinds'>[] {
  return Object.entries(properties).flatMap(([own, schema]) => {
    const name = `${prefix}${own}`;
    const meaning = schema.description ?? above;
    const inner = schema.items ?? schema;
    if (name === 'kind') return [{ name, meaning, ...KIND, isRequired: false }];
    return [
      {
        ...{ name, meaning, takes: takes(schema), isRequired: required.includes(own) },
        ...(schema.default !== undefined && { default: JSON.stringify(schema.default) }),
        ...(IN_UNIT.includes(name) && { range: METRIC_RANGES }),
      },
      ...fieldsIn(inner, `${name}.`, meaning),
    ];
  });
}

const METRIC_RANGES = METRICS.map((name) => {
  const { unit, range } = METRIC_FIELDS[name];
  return `${name} ${range.min} to ${range.max} ${unit}`;
}).join(', ');

/** Which values it takes, in words. */
function takes(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(', ');
  if (schema.anyOf) return schema.anyOf.map(takes).join(' or ');
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `a ${schema.type === 'integer' ? 'whole number' : 'number'}${span(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${schema.maxItems === undefined ? '' : ` of at most ${schema.maxItems}`}: ${takes(schema.items ?? {})}`;
    case 'object':
      return `{ ${Object.keys(schema.properties ?? {}).join(', ')} }`;
    default:
      return textWords(schema);
  }
}

const span = ({ minimum, maximum }: Schema) =>
  [minimum !== undefined && ` from ${minimum}`, maximum !== undefined && ` to ${maximum}`]
    .filter(Boolean)
    .join('');

function textWords({ format, pattern, maxLength }: Schema): string {
  if (format === 'uri') return 'an address, such as https://…';
  if (pattern?.includes('ms|s|m|h|d')) return 'a duration, such as 30s, 5m or 1h';
  if (pattern !== undefined) return `text of the form ${pattern}`;
  return maxLength === undefined ? 'text' : `text of at most ${maxLength} characters`;
}

/**
 * Mapping templates: the part of Velocity (VTL) that is known here, with API Gateway's `$input`, `$util` and `$context`.
 * A template that uses anything else is refused by name at the start. velocityjs parses; its own rendering is
 * JavaScript's where Velocity's is Java's, so that is done here.
 */
import { parse } from 'velocityjs';
import { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';

/** What a template may read. */
export interface TemplateInput {
  body: string;
  context: Readonly<Record<string, unknown>>;
}

export interface Rendered {
  text: string;
  /** Set by `#set($context.responseOverride.status = …)`. */
  status?: number | undefined;
}

export type MappingTemplate = (input: TemplateInput) => Rendered;

const pathSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('property'), id: z.string() }),
  z.object({
    type: z.literal('method'),
    id: z.string(),
    get args() {
      return z.union([z.literal(false), z.array(valueSchema)]).optional();
    },
  }),
]);
const referenceSchema = z.object({
  ...{ type: z.literal('references'), id: z.string() },
  get path() {
    return z.array(pathSchema).optional();
  },
});
const valueSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('string'), value: z.string() }),
  z.object({ type: z.literal('integer'), value: z.coerce.number() }),
  referenceSchema,
]);
const setSchema = z.object({
  type: z.literal('set'),
  equal: z.tuple([referenceSchema, z.object({ type: z.literal('integer'), value: z.coerce.number() })]),
});
const branchSchema = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['if', 'elseif']), condition: referenceSchema }),
  z.object({ type: z.literal('else') }),
]);

type Reference = z.infer<typeof referenceSchema>;
type Value = z.infer<typeof valueSchema>;
type Step = (input: TemplateInput, rendered: Rendered) => void;

/** @param where names the template in an error. @throws SetupError for what is not known here */
export function compileTemplate(source: string, where: string): MappingTemplate {
  const steps = compile(parse(source) as unknown[], where);
  return (input) => {
    const rendered: Rendered = { text: '' };
    for (const step of steps) step(input, rendered);
    return rendered;
  };
}

function compile(nodes: readonly unknown[], where: string): Step[] {
  return nodes.map((node) => {
    if (typeof node === 'string') return append(() => node);
    if (Array.isArray(node)) return compileBlock(node, where);
    const reference = referenceSchema.safeParse(node);
    if (reference.success) {
      return append(compileReference(reference.data, where));
    }
    const set = setSchema.safeParse(node);
    if (set.success && nameOf(set.data.equal[0]) === 'context.responseOverride.status') {
      return setStatus(set.data.equal[1].value);
    }
    throw refused(where, describe(node));
  });
}

function append(read: (input: TemplateInput) => string): Step {
  return (input, rendered) => {
    rendered.text += read(input);
  };
}

function setStatus(status: number): Step {
  return (_, rendered) => {
    rendered.status = status;
  };
}

/** `#if … #elseif … #else … #end` is a list in which each of these begins a branch. */
function compileBlock(nodes: readonly unknown[], where: string): Step {
  const branches: { holds: (input: TemplateInput) => boolean; nodes: unknown[] }[] = [];
  for (const node of nodes) {
    const branch = branchSchema.safeParse(node);
    if (branch.success) {
      const { data } = branch;
      const read = data.type === 'else' ? () => 'true' : compileReference(data.condition, where);
      branches.push({ holds: (input) => !['', 'false'].includes(read(input)), nodes: [] });
    } else if (branches.length === 0) throw refused(where, describe(node));
    else branches.at(-1)?.nodes.push(node);
  }
  const compiled = branches.map(({ holds, nodes }) => ({ holds, steps: compile(nodes, where) }));
  return (input, rendered) => {
    const { steps = [] } = compiled.find(({ holds }) => holds(input)) ?? {};
    for (const step of steps) step(input, rendered);
  };
}

const nameOf = ({ id, path = [] }: Reference) => [id, ...path.map((part) => part.id)].join('.');

/** Everything is text here, as it is in what these templates make. */
function compileReference(reference: Reference, where: string): (input: TemplateInput) => string {
  const { id, path = [] } = reference;
  const known = `${id}.${path[0]?.id ?? ''}`;
  const [first, ...rest] = path;
  const argument = argumentOf(first, where);
  if (id === 'context' && path.every((part) => part.type === 'property')) {
    const keys = path.map((part) => part.id);
    return ({ context }) => textOf(keys.reduce<unknown>((value, key) => memberOf(value, key), context));
  }
  if (known === 'input.body' && first?.type === 'property') {
    return onText(({ body }) => body, rest, where);
  }
  if ((known === 'input.json' || known === 'input.path') && argument) {
    const keys = jsonPath(reference, where);
    const asJson = known === 'input.json';
    return onText(
      ({ body }) => {
        const found = keys.reduce<unknown>((value, key) => memberOf(value, key), parseBody(body));
        return asJson ? (JSON.stringify(found) ?? '') : textOf(found);
      },
      rest,
      where,
    );
  }
  if (known === 'util.base64Encode' && argument) {
    return onText((input) => Buffer.from(argument(input)).toString('base64'), rest, where);
  }
  throw refused(where, `$${nameOf(reference)}`);
}

/** Java's methods of a text. */
function onText(
  read: (input: TemplateInput) => string,
  methods: readonly z.infer<typeof pathSchema>[],
  where: string,
): (input: TemplateInput) => string {
  return methods.reduce((text, method) => {
    const argument = argumentOf(method, where);
    if (method.id === 'toString') return text;
    if (method.id === 'contains' && argument) {
      return (input) => String(text(input).includes(argument(input)));
    }
    throw refused(where, `.${method.id}`);
  }, read);
}

function argumentOf(
  part: z.infer<typeof pathSchema> | undefined,
  where: string,
): ((input: TemplateInput) => string) | undefined {
  if (part?.type !== 'method' || !part.args || part.args.length !== 1) return undefined;
  const [value] = part.args as [Value];
  if (value.type === 'references') return compileReference(value, where);
  return () => String(value.value);
}

/** `$` or `$.a.b`. */
function jsonPath(reference: Reference, where: string): string[] {
  const [first] = reference.path ?? [];
  const [argument] = first?.type === 'method' && first.args ? first.args : [];
  const path = argument?.type === 'string' ? argument.value : '';
  if (/^\$(?:\.\w+)*$/.test(path)) return path.split('.').slice(1);
  throw refused(where, `the JSONPath "${path}"`);
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

const textOf = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : `${value}`;

const describe = (node: unknown) => {
  const { type, id } = node as { type?: string; id?: string };
  return id === undefined ? `#${type}` : `#${type} ${id}`;
};
const refused = (where: string, what: string) =>
  new SetupError(`${where}: ${what} is not known here. This cannot run here.`);

/** What the rewriting of an expression knows of its surroundings, and the helpers that every rewrite uses. */
import {
  call,
  column,
  integerConstant,
  lambda,
  type Node,
  operator,
  stringConstant,
  stringLiteral,
  TYPE,
  text,
} from './ast.ts';
import { ofFamily } from './checks.ts';
import type { Family } from './families.ts';
import { macroName, mentions } from './macros.ts';
import { refuse } from './refusal.ts';
import type { Columns, TypeOfColumn } from './scope.ts';
import { typeOf } from './static-types.ts';

export interface RewriteContext {
  /** Inside TRY. What fails there in this engine alone would be a NULL that Athena does not give. */
  inTry: boolean;
  /** The consumer takes only wall-clock fields: a timestamp of another zone may be given as local time. */
  wallClock: boolean;
  /** The consumer takes only the instant: the zone of a timestamp does not matter. */
  instant: boolean;
  /** The consumer is TRY: where a function of its own accord gives NULL for what fails, no error has to be caught. */
  nullOnFailure: boolean;
  /** A column whose text is a time in the common form: the CASE around has asked. */
  plainTime?: string | undefined;
  /** The moment that the query calls now, ms since the epoch. */
  now: number;
  /** The engine's type of a column, where there is no doubt about it. */
  columnType: TypeOfColumn;
  /** Columns of the queries in WITH, by name in lower case. */
  ctes: ReadonlyMap<string, Columns>;
  /** Columns of a table of the catalog. */
  tableColumns(ref: Node): Columns;
  /** Where a node stands in the query, `line:column`; empty where that is unknown. */
  placeOf(node: Node): string;
}

/** A function whose arguments decide what the engine is to run. The result takes over the alias of the call. */
export interface FunctionRewrite {
  arity: readonly [number, number];
  aggregate?: boolean;
  /** `args` are rewritten already; `node` is the whole call, with its DISTINCT, FILTER, ORDER BY and window. */
  rewrite(args: Node[], context: RewriteContext, node: Node): Node;
}

export const ANY_NUMBER = 127;
export const ZONED = 'TIMESTAMP WITH TIME ZONE';

/** Name of the parameter under which an argument is computed once. */
export const ONCE = 'athena_value';

/**
 * A call of one of our macros. What is more than a name or a constant, and is mentioned again and again, is computed
 * once, as the one element of a list: else such calls within each other would make a query of any size.
 */
export function macro(name: string, args: Node[], alias = ''): Node {
  const counts = mentions(name, args.length);
  const held = args.map((arg, i) => (counts[i] ?? 0) > 2 && !isSimple(arg));
  const direct = call(
    macroName(name),
    args.map((arg, i) => (held[i] ? fieldOfOnce(`a${i}`) : { ...arg, alias: '' })),
  );
  if (!held.includes(true)) return { ...direct, alias };
  const type = typeOf({ ...direct, children: args });
  const fields = args.flatMap((arg, i) => (held[i] ? [{ ...arg, alias: `a${i}` }] : []));
  const list = operator('ARRAY_CONSTRUCTOR', [call('struct_pack', fields)]);
  const result = elementOf(call('list_transform', [list, lambda(ONCE, direct)]), alias);
  return type === undefined ? result : { ...result, [TYPE]: type };
}

/** By a call: in HAVING, the engine takes `value.field` for a column. */
const fieldOfOnce = (name: string): Node => call('struct_extract', [column(ONCE), stringConstant(name)]);

/** The one element of a list. */
export const elementOf = (list: Node, alias = ''): Node => ({
  ...operator('ARRAY_EXTRACT', [list, integerConstant(1)]),
  alias,
});

/** Copies of it cost nothing. */
export const isSimple = (node: Node): boolean =>
  node.class === 'COLUMN_REF' ||
  node.class === 'CONSTANT' ||
  (node.class === 'CAST' && isSimple(node.child as Node));

/** An aggregate under another name keeps its DISTINCT, FILTER, ORDER BY and window. */
export const renamed = (node: Node, name: string, children: Node[]): Node => ({
  ...node,
  function_name: name,
  children,
});

/** An argument of `name`, which has to be of this family. */
export const argument = (value: Node, family: Family, name: string, place: string): Node =>
  ofFamily(value, family, { kind: 'arguments', detail: name, place, typed: [value] });

/** @throws QueryError where the argument is not a literal text */
export function constantArgument(args: Node[], index: number, what: string): string {
  const value = stringLiteral(args[index]);
  if (value === undefined) throw refuse(`${what} with a format or path that is not a literal`);
  return value;
}

/** Does this expression make a map, as far as its form tells? */
export function isMap(node: Node | undefined): boolean {
  return ['map', 'athena_map_agg', 'histogram', 'map_from_entries'].includes(text(node?.function_name));
}

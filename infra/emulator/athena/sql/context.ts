/** What the rewriting of an expression knows of its surroundings, and the helpers that every rewrite uses. */
import { call, type Node, stringLiteral, text } from './ast.ts';
import { macroName } from './macros.ts';
import { refuse } from './refusal.ts';

export interface RewriteContext {
  /** Inside TRY: an error is a NULL. */
  inTry: boolean;
  /** Inside a lambda, whose parameters have no type that a guard could ask for. */
  inLambda: boolean;
  /** The consumer takes only wall-clock fields: a timestamp of another zone may be given as local time. */
  wallClock: boolean;
  /** The consumer takes only the instant: the zone of a timestamp does not matter. */
  instant: boolean;
  /** Comparisons are guarded against text compared with numbers. */
  guards: boolean;
  /** The moment that the query calls now, ms since the epoch. */
  now: number;
}

/** A function whose arguments decide what DuckDB is to run. The result takes over the alias of the call. */
export interface FunctionRewrite {
  arity: readonly [number, number];
  aggregate?: boolean;
  /** `args` are rewritten already; `node` is the whole call, with its DISTINCT, FILTER, ORDER BY and window. */
  rewrite(args: Node[], context: RewriteContext, node: Node): Node;
}

export const ANY_NUMBER = 127;
export const ZONED = 'TIMESTAMP WITH TIME ZONE';

/** A call of one of our macros. */
export const macro = (name: string, context: RewriteContext, args: Node[]): Node =>
  call(macroName(name, context.inTry), args);

/** An aggregate under another name keeps its DISTINCT, FILTER, ORDER BY and window. */
export const renamed = (node: Node, name: string, children: Node[]): Node => ({
  ...node,
  function_name: name,
  children,
});

/** @throws QueryError where the argument is not a literal text */
export function constantArgument(args: Node[], index: number, what: string): string {
  const value = stringLiteral(args[index]);
  if (value === undefined) throw refuse(`${what} with a format or path that is not a literal`);
  return value;
}

/** Does this expression make a map, as far as its form tells? */
export function isMap(node: Node | undefined): boolean {
  return ['map', 'athena_map_agg', 'histogram'].includes(text(node?.function_name));
}

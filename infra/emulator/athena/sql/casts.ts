/** CAST and TRY_CAST. */
import { call, cast, column, lambda, type Node, operator, stringLiteral, text } from './ast.ts';
import { type Failure, notOfFamily, ofFamily } from './checks.ts';
import { elementOf, isSimple, macro, ONCE, type RewriteContext, ZONED } from './context.ts';
import { FAMILIES } from './families.ts';
import { QueryError, refuse } from './refusal.ts';
import { typeOf } from './static-types.ts';

const INTEGERS = new Set(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']);
const TIMESTAMPS = new Set(['TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS']);
/** Text is looked at before it is cast: this engine reads more of it than Athena. */
const SOURCES: Record<string, string> = {
  BOOLEAN: 'boolean_source',
  DOUBLE: 'double_source',
  FLOAT: 'double_source',
  DATE: 'date_source',
  DECIMAL: 'decimal_source',
};
const AS_IS = new Set(['STRUCT', 'MAP']);
/** Athena's timestamps have milliseconds whatever the cast says, and so have the results; DuckDB's default does for both. */
const TIMESTAMP = { id: 'TIMESTAMP', type_info: null };
const ZONED_TYPE = { id: ZONED, type_info: null };

const typeIdOf = (node: Node): string => text((node.cast_type as Node).id);

/** `rewrite` is that of any expression, for what is cast. */
export function rewriteCast(
  node: Node,
  context: RewriteContext,
  rewrite: (node: Node, context: RewriteContext) => Node,
): Node {
  const id = typeIdOf(node);
  const literal = literalCast(node, id);
  if (literal) return literal;
  const wallClock = TIMESTAMPS.has(id) || id === 'DATE';
  const value = rewrite(node.child as Node, {
    ...context,
    instant: id === ZONED && context.instant,
    wallClock,
    nullOnFailure: false,
  });
  const plain = { ...node, try_cast: false, alias: '' };
  const converted = (child: Node) => convert(plain, id, child, context.placeOf(node));
  const result = node.try_cast === true ? tried(value, converted) : converted(value);
  return { ...result, alias: text(node.alias) };
}

function convert(node: Node, id: string, value: Node, place: string): Node {
  const from = typeOf(value);
  if (INTEGERS.has(id)) return { ...node, child: toInteger(value, from) };
  if (TIMESTAMPS.has(id)) return { ...node, child: macro('timestamp_source', [value]), cast_type: TIMESTAMP };
  if (id === 'DECIMAL' && from && FAMILIES.floating(from)) return { ...node, child: cast(value, 'VARCHAR') };
  if (SOURCES[id]) {
    return { ...node, child: from && !FAMILIES.text(from) ? value : macro(SOURCES[id], [value]) };
  }
  if (id === ZONED) return { ...node, child: zoned(value) };
  if (AS_IS.has(id)) return { ...node, child: value };
  if (id !== 'VARCHAR') throw refuse(`CAST to ${unknownName(node)}`);
  return from && SAME_TEXT.test(from) ? { ...node, child: value } : toText(node.child as Node, value, place);
}

/** What the engine's own cast makes an integer of. Athena rounds half away from zero, as `round` does. */
function toInteger(value: Node, from: string | undefined): Node {
  if (from === 'DOUBLE') return call('round', [{ ...value, alias: '' }]);
  return from && INTEGERS.has(from) ? value : macro('to_integer', [value]);
}

/** Types whose text is the same in both engines. */
const SAME_TEXT = /^(?:VARCHAR|BOOLEAN|DATE|TINYINT|SMALLINT|INTEGER|BIGINT)$/;

function toText(original: Node, value: Node, place: string): Node {
  const decimals = original.class === 'CAST' && TIMESTAMPS.has(typeIdOf(original));
  if (decimals && stringLiteral(original.child as Node) !== undefined) {
    throw refuse('CAST(TIMESTAMP literal AS varchar): Athena keeps as many decimals as the literal has');
  }
  const mismatch: Failure = { kind: 'cast', detail: 'varchar', place, typed: [value] };
  const interval: Failure = { kind: 'refused', detail: 'cast_interval', place: '', typed: [] };
  return macro('to_varchar', [ofFamily(ofFamily(value, 'plain', mismatch), 'printable', interval)]);
}

/** What a text says of its zone is lost here. */
const zoned = (value: Node): Node =>
  notOfFamily(value, 'text', { kind: 'refused', detail: 'zoned_text', place: '', typed: [] });

/**
 * TRY_CAST: what fails in the cast is NULL, what fails in the value goes on failing. So a value that could fail is
 * computed outside of the TRY, as the one element of a list.
 */
function tried(value: Node, converted: (value: Node) => Node): Node {
  const attempt = (inner: Node) => operator('OPERATOR_TRY', [converted(inner)]);
  if (isSimple(value)) return attempt(value);
  const list = operator('ARRAY_CONSTRUCTOR', [value]);
  return elementOf(call('list_transform', [list, lambda(ONCE, attempt(column(ONCE)))]));
}

function unknownName(node: Node): string {
  const name = text(((node.cast_type as Node).type_info as Node | null)?.name) || typeIdOf(node);
  return /^json$/i.test(name) ? 'json' : name.toLowerCase();
}

const PLAIN_TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?( UTC)?$/;
const PLAIN_DATE = /^\d{4}-\d{1,2}-\d{1,2}$/;
const PLAIN_DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)$/;

/**
 * A literal in a form that both engines read alike stays a constant, which can prune partitions. `TIMESTAMP '…'` with a
 * zone is another type in Athena, which DuckDB would silently turn into UTC.
 */
function literalCast(node: Node, id: string): Node | undefined {
  const literal = stringLiteral(node.child as Node);
  if (literal === undefined) return undefined;
  if (id === 'DATE') return PLAIN_DATE.test(literal) ? node : undefined;
  if (id === 'DECIMAL') return PLAIN_DECIMAL.test(literal) ? node : undefined;
  if (!TIMESTAMPS.has(id) && id !== ZONED) return undefined;
  if (/^\S+ 24:/.test(literal))
    throw new QueryError('INVALID_CAST_ARGUMENT', `Value cannot be cast to timestamp: ${literal}`);
  const match = PLAIN_TIMESTAMP.exec(literal);
  if (match) return { ...node, cast_type: match[1] || id === ZONED ? ZONED_TYPE : TIMESTAMP };
  if (id !== ZONED && (/^\d{4}-\d{2}-\d{2}T/.test(literal) || !/^\d{4}-/.test(literal))) return undefined;
  throw refuse(`the timestamp '${literal}': only 2026-01-31 09:30:00.000, with UTC behind it at most`);
}

/** CAST and TRY_CAST. */
import { type Node, stringLiteral, text } from './ast.ts';
import { macro, type RewriteContext, ZONED } from './context.ts';
import { QueryError, refuse } from './refusal.ts';

const INTEGERS = new Set(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']);
const TIMESTAMPS = new Set(['TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS']);
const AS_IS = new Set(['BOOLEAN', 'DOUBLE', 'FLOAT', 'DECIMAL', 'DATE', 'STRUCT', 'MAP', ZONED]);
/** Athena's timestamps have milliseconds whatever the cast says, and so have the results; DuckDB's default does for both. */
const TIMESTAMP = { id: 'TIMESTAMP', type_info: null };

const typeOf = (node: Node): string => text((node.cast_type as Node).id);

/** `rewrite` is that of any expression, for what is cast. */
export function rewriteCast(
  node: Node,
  context: RewriteContext,
  rewrite: (node: Node, context: RewriteContext) => Node,
): Node {
  const id = typeOf(node);
  const isTimestamp = TIMESTAMPS.has(id);
  const original = node.child as Node;
  const literal = stringLiteral(original);
  if (literal !== undefined && (AS_IS.has(id) || isTimestamp)) {
    return isTimestamp ? timestampLiteral(node, literal) : node;
  }
  const inner = {
    ...context,
    instant: false,
    wallClock: isTimestamp || id === 'DATE',
    inTry: context.inTry || node.try_cast === true,
  };
  const child = rewrite(original, inner);
  if (INTEGERS.has(id)) return { ...node, child: macro('to_integer', inner, [child]) };
  if (isTimestamp) return { ...node, child: macro('timestamp_source', inner, [child]), cast_type: TIMESTAMP };
  if (AS_IS.has(id)) return { ...node, child };
  if (id !== 'VARCHAR') throw refuse(`CAST to ${unknownName(node)}`);
  if (
    original.class === 'CAST' &&
    TIMESTAMPS.has(typeOf(original)) &&
    stringLiteral(original.child as Node)
  ) {
    throw refuse('CAST(TIMESTAMP literal AS varchar): Athena keeps as many decimals as the literal has');
  }
  return { ...macro('timestamp_text', inner, [child]), alias: text(node.alias) };
}

function unknownName(node: Node): string {
  const name = text(((node.cast_type as Node).type_info as Node | null)?.name) || typeOf(node);
  return /^json$/i.test(name) ? 'json' : name.toLowerCase();
}

const PLAIN_TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?( UTC)?$/;

/** `TIMESTAMP '…'`: with a zone it is another type in Athena, which DuckDB would silently turn into UTC. */
function timestampLiteral(node: Node, literal: string): Node {
  const match = PLAIN_TIMESTAMP.exec(literal);
  if (match) return { ...node, cast_type: match[1] ? { id: ZONED, type_info: null } : TIMESTAMP };
  if (/^\d{4}-\d{2}-\d{2}T/.test(literal)) {
    throw new QueryError(
      'INVALID_CAST_ARGUMENT',
      `Value cannot be cast to timestamp: ${literal}; use from_iso8601_timestamp`,
    );
  }
  throw refuse(`the timestamp '${literal}': only 2026-01-31 09:30:00.000, with UTC behind it at most`);
}

/** Expressions with nothing below them: constants, columns, and the words that stand for the moment of the query. */
import { cast, constantText, constantType, type Node, nodes, TYPE, text } from './ast.ts';
import { type RewriteContext, ZONED } from './context.ts';
import { QueryError, refuse } from './refusal.ts';
import { nowConstant } from './time-functions.ts';

export function rewriteConstant(node: Node): Node {
  const type = constantType(node);
  // Text is varchar, and not whatever DuckDB would like it to be: `ts > '2024-01-01'` is an error in Athena.
  if (type === 'VARCHAR') return cast(node, 'VARCHAR', text(node.alias));
  if (type === 'DOUBLE') {
    // Printed as SQL, 1e0 would come back as the decimal 1.0.
    const { value } = node.value as Node;
    const digits = constantText(node) ?? (Object.is(value, -0) ? '-0' : value);
    return cast(
      {
        ...node,
        alias: '',
        value: {
          type: { id: 'VARCHAR', type_info: null },
          is_null: false,
          value: String(digits),
        },
      },
      'DOUBLE',
      text(node.alias),
    );
  }
  if (type === 'HUGEINT' || type === 'UHUGEINT')
    throw new QueryError('INVALID_LITERAL', 'A number beyond bigint');
  return node;
}

export function rewriteColumn(node: Node, context: RewriteContext): Node {
  const path = node.column_names as string[];
  const [name = ''] = path.slice(-1);
  if (/^\$(file_size|file_modified_time|bucket|partition)$/i.test(name))
    throw refuse(`the hidden column "${name}"`);
  if (path.length !== 1) return typed(node, context.columnType(path));
  const alias = text(node.alias);
  const named = (replacement: Node) => ({ ...replacement, alias });
  switch (name.toLowerCase()) {
    case 'current_timestamp':
      return named(nowConstant(ZONED, context.now));
    case 'current_date':
      return named(nowConstant('DATE', context.now));
    case 'localtimestamp':
      return named(nowConstant('TIMESTAMP', context.now));
    case 'current_time':
    case 'localtime':
    case 'current_user':
    case 'current_catalog':
    case 'current_schema':
    case 'current_path':
      throw refuse(name);
    default:
      return typed(node, context.columnType(path));
  }
}

const typed = (node: Node, type: string | undefined): Node =>
  type === undefined ? node : { ...node, [TYPE]: type };

export function rewriteStar(node: Node): Node {
  const extended = ['exclude_list', 'replace_list', 'qualified_exclude_list', 'rename_list'].some(
    (key) => nodes(node[key]).length > 0 || (Array.isArray(node[key]) && (node[key] as unknown[]).length > 0),
  );
  if (extended || node.columns === true || node.expr)
    throw new QueryError('SYNTAX_ERROR', 'Only * and table.* stand for columns');
  return node;
}

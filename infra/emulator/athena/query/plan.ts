/** A SELECT of Athena's, made ready for DuckDB: parsed, checked, rewritten, its tables replaced by scans. */
import { randomBytes } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AwsError } from '../../wire/aws-error.ts';
import { type Node, nodes, parseTree, printTree, rootQuery, text, walk } from '../sql/ast.ts';
import { checkAliases, checkQuery, columnResolver } from '../sql/queries.ts';
import { QueryError } from '../sql/refusal.ts';
import { rewrite } from '../sql/rewrite.ts';
import { singleStatement, syntaxError, toParseable } from '../sql/tokens.ts';
import { findTable, type Lake, type Scan, scanOf, tableUses } from './tables.ts';

export interface Plan {
  /** For DuckDB. */
  sql: string;
  scannedBytes: number;
  /** Every file that the query may open, absolute paths. */
  files: string[];
}

/** Alias of a column without a name; results show it as `_col0`, `_col1`, … by its position. */
const UNNAMED = /^athena_unnamed_\d+$/;
export const columnName = (name: string, position: number): string =>
  UNNAMED.test(name) ? `_col${position}` : name;

/** The tree of a statement. @throws AwsError where it is no SQL */
export async function parseSelect(connection: DuckDBConnection, sql: string): Promise<Node> {
  const statement = singleStatement(sql);
  const parseable = toParseable(statement.sql, statement.tokens);
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [parseable]);
  const tree = parseTree(String(reader.getRows()[0]?.[0]));
  if (tree.error === true) {
    throw syntaxError(sql, Number(tree.position ?? 0), text(tree.error_message));
  }
  return tree;
}

/**
 * @throws AwsError at what Athena's StartQueryExecution refuses at once
 * @throws QueryError at what makes the query fail
 */
export async function planSelect(
  connection: DuckDBConnection,
  query: { sql: string; database: string | undefined; parameters: string[] },
  lake: Lake,
): Promise<Plan> {
  const tree = await parseSelect(connection, query.sql);
  checkQuery(tree);
  const bound = await bindParameters(connection, tree, query.parameters);
  checkAliases(
    bound,
    columnResolver((ref) => {
      const table = findTable(lake.tables, text(ref.schema_name) || query.database, text(ref.table_name));
      return table && [...table.columns, ...table.partitionKeys].map((column) => column.name.toLowerCase());
    }),
  );
  const rewritten = rewrite(bound, {
    inTry: false,
    inLambda: false,
    wallClock: false,
    instant: false,
    guards: true,
    now: lake.now,
  });
  nameColumns(rootQuery(rewritten));
  const mark = `athena_scan_${randomBytes(6).toString('hex')}_`;
  const scans: Scan[] = [];
  for (const [i, use] of tableUses(rewritten, lake.tables, query.database).entries()) {
    scans.push(await scanOf(use, lake, connection));
    const { ref } = use;
    ref.alias = text(ref.alias) || text(ref.table_name);
    Object.assign(ref, { table_name: `${mark}${i}_`, schema_name: '', catalog_name: '' });
  }
  const printed = await connection.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [
    printTree(rewritten),
  ]);
  const sql = String(printed.getRows()[0]?.[0]).replace(
    new RegExp(`${mark}(\\d+)_`, 'g'),
    (_, index: string) => scans[Number(index)]?.sql ?? '',
  );
  return {
    sql,
    scannedBytes: scans.reduce((sum, scan) => sum + scan.bytes, 0),
    files: [...new Set(scans.flatMap((scan) => scan.files.map((file) => file.path)))],
  };
}

/** Puts the values of `?` into the tree: each is an expression, such as `42` or `'text'`, as in Athena. */
async function bindParameters(connection: DuckDBConnection, tree: Node, parameters: string[]): Promise<Node> {
  const inWhere = new Set<Node>();
  let count = 0;
  walk(tree, (node) => {
    if (node.type === 'SELECT_NODE') walk(node.where_clause, (part) => void inWhere.add(part));
    if (node.class === 'PARAMETER') count++;
  });
  if (count !== parameters.length) {
    throw new QueryError(
      'INVALID_PARAMETER_USAGE',
      `Incorrect number of parameters: expected ${count} but found ${parameters.length}`,
    );
  }
  if (count === 0) return tree;
  const values: Node[] = [];
  for (const parameter of parameters) {
    const parsed = await parseSelect(connection, `SELECT ${parameter}`).catch((cause) => {
      throw new AwsError(
        'InvalidRequestException',
        `Execution parameter ${parameter} is no SQL expression; text needs single quotes: '${parameter}'. ${(cause as Error).message}`,
      );
    });
    const list = nodes(rootQuery(parsed).select_list);
    const [value] = list;
    if (list.length !== 1 || !value)
      throw new QueryError('INVALID_PARAMETER_USAGE', `Execution parameter ${parameter}`);
    values.push(value);
  }
  let misplaced = false;
  const replace = (node: Node): Node => {
    if (node.class === 'PARAMETER') {
      misplaced ||= !inWhere.has(node);
      return values[Number(node.identifier) - 1] ?? node;
    }
    return node;
  };
  const bound = mapTree(tree, replace);
  if (misplaced) throw new QueryError('INVALID_PARAMETER_USAGE', 'Athena takes ? only in a WHERE clause');
  return bound;
}

function mapTree(node: Node, replace: (node: Node) => Node): Node {
  const replaced = replace(node);
  if (replaced !== node) return replaced;
  const copy: Node = {};
  for (const [key, value] of Object.entries(node)) copy[key] = mapValue(value, replace);
  return copy;
}

function mapValue(value: unknown, replace: (node: Node) => Node): unknown {
  if (Array.isArray(value)) return value.map((item) => mapValue(item, replace));
  return typeof value === 'object' && value !== null ? mapTree(value as Node, replace) : value;
}

/** Columns that have no name get one that says so. */
function nameColumns(query: Node): void {
  let node = query;
  while (node.type === 'SET_OPERATION_NODE') node = (node.left ?? nodes(node.children)[0]) as Node;
  for (const [i, item] of nodes(node.select_list).entries()) {
    const named =
      text(item.alias) !== '' ||
      ['COLUMN_REF', 'STAR'].includes(text(item.class)) ||
      item.type === 'STRUCT_EXTRACT';
    if (!named) item.alias = `athena_unnamed_${i}`;
  }
}

/** A SELECT of Athena's, made ready for DuckDB: parsed, checked, rewritten, its tables replaced by scans. */
import { randomBytes } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AwsError } from '../../wire/aws-error.ts';
import { constantText, type Node, nodes, printTree, rootQuery, text, walk } from '../sql/ast.ts';
import { refuseComparedNan } from '../sql/nan.ts';
import { unqualifyColumns } from '../sql/qualified-columns.ts';
import { checkAliases, checkQuery, columnResolver } from '../sql/queries.ts';
import { unroll } from '../sql/recursion.ts';
import { QueryError } from '../sql/refusal.ts';
import { rewrite } from '../sql/rewrite.ts';
import { CATALOG_IN_SQL } from './data-catalog.ts';
import { informationTable } from './information-schema.ts';
import { parseSelect } from './parse.ts';
import { columnsOfTable, findTable, type Lake, type Scan, scanOf, tableUses } from './tables.ts';

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

/**
 * @throws AwsError at what Athena's StartQueryExecution refuses at once
 * @throws QueryError at what makes the query fail
 */
export async function planSelect(
  connection: DuckDBConnection,
  query: { sql: string; database: string | undefined; parameters: string[] },
  lake: Lake,
): Promise<Plan> {
  const { tree, placeOf } = await parseSelect(connection, query.sql);
  unqualifyColumns(tree, query.database, CATALOG_IN_SQL);
  checkQuery(tree);
  const bound = await bindParameters(connection, tree, query.parameters);
  const tableColumns = (ref: Node) => {
    const table = findTable(lake.tables, text(ref.schema_name) || query.database, text(ref.table_name));
    return table && columnsOfTable(table);
  };
  checkAliases(
    bound,
    columnResolver((ref) => tableColumns(ref)?.map(({ name }) => name)),
  );
  const written = rewrite(bound, {
    inTry: false,
    wallClock: false,
    instant: false,
    nullOnFailure: false,
    now: lake.now,
    placeOf,
    columnType: () => undefined,
    ctes: new Map(),
    tableColumns,
  });
  const rewritten = unroll(refuseComparedNan(written));
  nameColumns(rewritten);
  const { sql, scans } = await withScans(connection, rewritten, query.database, lake);
  return {
    sql,
    scannedBytes: scans.reduce((sum, scan) => sum + scan.bytes, 0),
    files: [...new Set(scans.flatMap((scan) => scan.files.map((file) => file.path)))],
  };
}

/** The text of the query, a scan in the place of each table. */
async function withScans(
  connection: DuckDBConnection,
  rewritten: Node,
  database: string | undefined,
  lake: Lake,
): Promise<{ sql: string; scans: Scan[] }> {
  const mark = `athena_scan_${randomBytes(6).toString('hex')}_`;
  const scans: Scan[] = [];
  const replace = (ref: Node, scan: Scan) => {
    ref.alias = text(ref.alias) || text(ref.table_name);
    Object.assign(ref, { table_name: `${mark}${scans.length}_`, schema_name: '', catalog_name: '' });
    scans.push(scan);
  };
  const uses = tableUses(rewritten, lake.tables, database);
  for (const use of uses.scans) replace(use.ref, await scanOf(use, lake, connection));
  for (const { ref, name } of uses.catalog) {
    replace(ref, { files: [], bytes: 0, sql: informationTable(lake.tables, name) });
  }
  const printed = await connection.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [
    printTree(rewritten),
  ]);
  const sql = String(printed.getRows()[0]?.[0]).replace(
    new RegExp(`${mark}(\\d+)_`, 'g'),
    (_, index: string) => scans[Number(index)]?.sql ?? '',
  );
  return { sql, scans };
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
    const { tree: parsed } = await parseSelect(connection, `SELECT ${parameter}`).catch((cause) => {
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

/** Columns that have no name get one that says so, and that no query can use. */
function nameColumns(root: Node): void {
  walk(root, (node) => {
    if (node.type === 'EXPRESSION_LIST') {
      const [row] = node.values as Node[][];
      node.expected_names = row?.map((_, i) => unnamed(i)) ?? [];
    }
    if (node.type !== 'SELECT_NODE') return;
    for (const [i, item] of nodes(node.select_list).entries()) item.alias ||= nameOf(item) ?? unnamed(i);
  });
}

const unnamed = (position: number) => `athena_unnamed_${position}`;

/** A column keeps its name, a field of one too; undefined where an expression has none. */
function nameOf(item: Node): string | undefined {
  if (item.class === 'COLUMN_REF' || item.class === 'STAR') return '';
  const [row, field] = item.type === 'STRUCT_EXTRACT' ? nodes(item.children) : [];
  return row?.class === 'COLUMN_REF' ? constantText(field) : undefined;
}

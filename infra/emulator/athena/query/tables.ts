/** Tables of a query: found in its tree, their files chosen by its predicates, and put into the SQL as a scan. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, literal } from '../../base/quote.ts';
import type { CatalogTable } from '../../glue/catalog.ts';
import { isNode, type Node, names, nodes, parseTree, printTree, rootQuery, text, walk } from '../sql/ast.ts';
import { QueryError, refuse } from '../sql/refusal.ts';
import type { Column } from '../sql/scope.ts';
import { CATALOG_IN_SQL, checkCatalogOfQuery } from './data-catalog.ts';
import type { Footers } from './footers.ts';
import { INFORMATION_SCHEMA } from './information-schema.ts';
import { serialize } from './parse.ts';
import { type Owns, partitionCondition, valueBounds } from './predicates.ts';
import { findFiles, findPartitions, type LakeFile, type Partition, tableLayout } from './projection.ts';
import { hasSnapshots, snapshotFiles } from './snapshot.ts';
import { fromHiveType } from './types.ts';

export interface Lake {
  tables: CatalogTable[];
  s3Root: string;
  footers: Footers;
  now: number;
}

/** One mention of a table in a query. */
export interface TableUse {
  table: CatalogTable;
  /** The node in the tree, to be replaced by the scan. */
  ref: Node;
  /** WHERE of the query that names it. */
  where: unknown;
  owns: Owns;
  /** Columns that the query reads of it, lower case. */
  columns: Set<string>;
  /** The query names the file of a row, `"$path"`. */
  path: boolean;
  /** Only the types of the columns are asked for. */
  typesOnly: boolean;
}

/** Mention of a table of the information schema. */
export interface CatalogUse {
  ref: Node;
  name: string;
}

/** A hidden column of every table: where the row lies. */
const PATH = '$path';

export interface Scan {
  files: LakeFile[];
  bytes: number;
  /** A subquery in parentheses. */
  sql: string;
}

/** Table of this name, or undefined. Names are case-insensitive. */
export function findTable(
  tables: CatalogTable[],
  database: string | undefined,
  name: string,
): CatalogTable | undefined {
  const wanted = name.toLowerCase();
  return tables.find(
    (table) =>
      table.name.toLowerCase() === wanted && table.database.toLowerCase() === database?.toLowerCase(),
  );
}

/** With the engine's types, as the scan has them. */
export const columnsOfTable = (table: CatalogTable): Column[] =>
  [...table.columns, ...table.partitionKeys].map(({ name, type }) => ({
    name: name.toLowerCase(),
    type: fromHiveType(type),
  }));

/**
 * The table that a reference means, by Athena's rules: a schema of its own, or that of the query's context.
 * @throws QueryError as Athena, with what there is instead
 */
export function resolveTable(tables: CatalogTable[], database: string | undefined, ref: Node): CatalogTable {
  checkCatalogOfQuery(text(ref.catalog_name));
  const schema = text(ref.schema_name) || database;
  const name = text(ref.table_name);
  if (schema === undefined) {
    throw new QueryError(
      'MISSING_SCHEMA_NAME',
      `Schema must be specified when session schema is not set: ${name}`,
    );
  }
  const table = findTable(tables, schema, name);
  if (table) return table;
  if (METADATA_TABLE.test(name)) throw refuse(`the metadata table "${name}"`);
  const known = tables.map((one) => `${one.database}.${one.name}`).join(', ') || 'none';
  const full = `${CATALOG_IN_SQL}.${schema}.${name}`.toLowerCase();
  throw new QueryError('TABLE_NOT_FOUND', `Table '${full}' does not exist. Tables here: ${known}`);
}

const METADATA_TABLE = /\$(?:partitions|properties|files|history|snapshots|manifests|refs)$/i;

/** Every mention of a table, without the names of WITH clauses. */
export function tableUses(
  root: Node,
  tables: CatalogTable[],
  database: string | undefined,
): { scans: TableUse[]; catalog: CatalogUse[] } {
  const mentioned = new Set<string>();
  walk(root, (node) => {
    if (node.class === 'COLUMN_REF')
      for (const part of names(node.column_names)) mentioned.add(part.toLowerCase());
  });
  const scans: TableUse[] = [];
  const catalog: CatalogUse[] = [];
  // A rewrite may put one node into several places.
  const seen = new Set<Node>();
  visit(root, new Set(), false, (select, refs, ctes, typesOnly) => {
    const starred = nodes(select.select_list).some((item) => item.class === 'STAR');
    const using = new Set(refs.flatMap((ref) => names(ref.using_columns)).map((name) => name.toLowerCase()));
    const only = refs.filter((ref) => ref.type !== 'JOIN').length === 1;
    for (const ref of refs) {
      if (ref.type !== 'BASE_TABLE' || seen.has(ref)) continue;
      if (!text(ref.schema_name) && ctes.has(text(ref.table_name).toLowerCase())) continue;
      seen.add(ref);
      if ((text(ref.schema_name) || database)?.toLowerCase() === INFORMATION_SCHEMA) {
        checkCatalogOfQuery(text(ref.catalog_name));
        catalog.push({ ref, name: text(ref.table_name).toLowerCase() });
        continue;
      }
      const table = resolveTable(tables, database, ref);
      const all = [...table.columns, ...table.partitionKeys].map((column) => column.name.toLowerCase());
      const columns = new Set(all.filter((name) => starred || mentioned.has(name) || using.has(name)));
      const path = mentioned.has(PATH);
      if (path) hidePath(select, text(ref.alias) || text(ref.table_name));
      const owns = ownership(table, ref, only, all);
      scans.push({ table, ref, where: select.where_clause, owns, columns, path, typesOnly });
    }
  });
  return { scans, catalog };
}

/** Neither `*` nor `table.*` stands for it. */
function hidePath(select: Node, alias: string): void {
  for (const item of nodes(select.select_list)) {
    const whose = text(item.relation_name).toLowerCase();
    if (item.class === 'STAR' && (whose === '' || whose === alias.toLowerCase())) item.exclude_list = [PATH];
  }
}

/** Calls `found` for each SELECT with the parts of its FROM and the WITH names in its scope. */
function visit(
  node: unknown,
  ctes: ReadonlySet<string>,
  typesOnly: boolean,
  found: (select: Node, refs: Node[], ctes: ReadonlySet<string>, typesOnly: boolean) => void,
): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, ctes, typesOnly, found);
    return;
  }
  if (!isNode(node)) return;
  const inTypeof = typesOnly || /^(?:typeof$|athena_is_|athena_comparable$)/.test(text(node.function_name));
  let scope = ctes;
  // A name of a WITH clause counts from the next one on: until then it is that of a table.
  for (const entry of nodes((node.cte_map as Node | undefined)?.map)) {
    visit(entry.value, scope, inTypeof, found);
    scope = new Set([...scope, text(entry.key).toLowerCase()]);
  }
  if (node.type === 'SELECT_NODE') found(node, fromParts(node.from_table), scope, inTypeof);
  for (const key in node) if (key !== 'cte_map') visit(node[key], scope, inTypeof, found);
}

function fromParts(from: unknown): Node[] {
  if (!isNode(from)) return [];
  return from.type === 'JOIN' ? [from, ...fromParts(from.left), ...fromParts(from.right)] : [from];
}

function ownership(table: CatalogTable, ref: Node, only: boolean, columns: string[]): Owns {
  const alias = (text(ref.alias) || text(ref.table_name)).toLowerCase();
  return (path) => {
    const lower = path.map((part) => part.toLowerCase());
    const column = lower.at(-1) ?? '';
    if (!columns.includes(column)) return undefined;
    if (lower.length === 1) return only ? column : undefined;
    if (lower.length === 2) return lower[0] === alias ? column : undefined;
    return lower[0] === table.database.toLowerCase() && lower[1] === alias ? column : undefined;
  };
}

/** Files that a mention of a table needs, and the scan that reads just them. */
export async function scanOf(use: TableUse, lake: Lake, connection: DuckDBConnection): Promise<Scan> {
  const { table } = use;
  if (use.typesOnly) return { files: [], bytes: 0, sql: scanSql(use, [], lake) };
  const keys = table.partitionKeys.map((key) => key.name.toLowerCase());
  const layout = tableLayout(table, lake.s3Root);
  const partitions = await findPartitions(layout, lake.now, (found, level) => {
    const condition = partitionCondition(use.where, use.owns, new Set(keys.slice(0, level + 1)));
    return condition ? keepMatching(connection, condition, keys, found) : Promise.resolve(found);
  });
  const files = hasSnapshots(table) ? await snapshotFiles(layout.folder) : findFiles(partitions);
  const bounds = valueBounds(use.where, use.owns).filter(({ column }) => !keys.includes(column));
  await lake.footers.read(connection, files);
  const bytes = lake.footers.scannedBytes(files, use.columns, bounds);
  return { files, bytes, sql: scanSql(use, files, lake) };
}

/** What the engine makes of the same query each time: to ask it costs more than to filter. */
let frame: string | undefined;

/** Partitions for which the condition is true, decided by the engine itself, so exactly as for the rows. */
async function keepMatching(
  connection: DuckDBConnection,
  condition: Node,
  keys: string[],
  partitions: Partition[],
): Promise<Partition[]> {
  if (partitions.length === 0) return [];
  const depth = partitions[0]?.values.length ?? 0;
  frame ??= await serialize(connection, 'SELECT athena_row FROM athena_partitions');
  const tree = parseTree(frame);
  rootQuery(tree).where_clause = condition;
  const printed = await connection.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [printTree(tree)]);
  const separator = '\u001e';
  const columns = keys
    .slice(0, depth)
    .map((key, i) => `unnest(string_split($${i + 1}, chr(30))) AS ${identifier(key)}`);
  const source = `(SELECT *, row_number() OVER () AS athena_row FROM (SELECT ${columns.join(', ')}))`;
  const sql = String(printed.getRows()[0]?.[0]).replace('athena_partitions', () => source);
  const lists = keys.slice(0, depth).map((_, i) => partitions.map(({ values }) => values[i]).join(separator));
  const kept = await connection.runAndReadAll(sql, lists);
  return kept.getRows().flatMap(([row]) => partitions[Number(row) - 1] ?? []);
}

/**
 * Columns in the catalog's order and types. One that no file has is NULL, as one is in an older file that lacks it. No
 * UNION with a typed empty table: it would hide the files' statistics, by which the engine leaves out checks that hold.
 */
function scanSql({ table, path }: TableUse, files: LakeFile[], { s3Root, footers }: Lake): string {
  const keys = table.partitionKeys.map(({ name, type }) => ({ name, type: fromHiveType(type) }));
  const own = table.columns.map(({ name, type }) => ({ name, type: fromHiveType(type) }));
  const present = footers.columns(files);
  const columns = [
    ...own.map(({ name, type }) => asColumn(name, type, present.has(name.toLowerCase()))),
    ...keys.map(({ name, type }) => asColumn(name, type, files.length > 0)),
    ...(path ? [pathColumn(files.length > 0, s3Root)] : []),
  ].join(', ');
  if (files.length === 0) return `(SELECT ${columns} WHERE false)`;
  const hive = keys.map(({ name, type }) => `${literal(name)}: ${type}`).join(', ');
  const options = [
    `[${files.map((file) => literal(file.path)).join(', ')}]`,
    'union_by_name = true',
    ...(hive ? ['hive_partitioning = true', `hive_types = {${hive}}`] : ['hive_partitioning = false']),
    ...(path ? [`filename = ${literal(PATH)}`] : []),
  ];
  return `(SELECT ${columns} FROM read_parquet(${options.join(', ')}))`;
}

function asColumn(name: string, type: string, present: boolean): string {
  const column = identifier(name.toLowerCase());
  return `CAST(${present ? column : 'NULL'} AS ${type}) AS ${column}`;
}

function pathColumn(present: boolean, s3Root: string): string {
  const column = identifier(PATH);
  return present
    ? `replace(${column}, ${literal(`${s3Root}/`)}, 's3://') AS ${column}`
    : asColumn(PATH, 'VARCHAR', false);
}

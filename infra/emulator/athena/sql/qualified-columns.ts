/**
 * `lake.readings.seq`, as some tools write every column: Athena takes it where the table has no alias, and
 * `lake.readings.*` too. A scan stands in the place of the table later on and has its bare name, so the catalog and the
 * database are taken off.
 */
import { type Node, names, nodes, text, walk } from './ast.ts';
import { refuse } from './refusal.ts';
import { ALL_COLUMNS } from './syntax.ts';

/**
 * @param database that of the query's context
 * @param catalog name of the catalog in SQL
 */
export function unqualifyColumns(root: Node, database: string | undefined, catalog: string): void {
  const tables = new Set<string>();
  walk(root, (node) => {
    if (node.type !== 'BASE_TABLE' || text(node.alias) !== '') return;
    tables.add(key([text(node.schema_name) || (database ?? ''), text(node.table_name)]));
  });
  walk(root, (node) => {
    if (node.class !== 'COLUMN_REF') return;
    const path = names(node.column_names);
    const inDatabase = path.length > 3 && path[0]?.toLowerCase() === catalog ? path.slice(1) : path;
    if (inDatabase.length > 2 && tables.has(key(inDatabase.slice(0, 2)))) {
      node.column_names = inDatabase.slice(1);
    }
  });
  walk(root, (node) => {
    if (Array.isArray(node.select_list)) node.select_list = nodes(node.select_list).map(asStar);
    refuseStar(node);
  });
}

const key = (path: readonly string[]): string => JSON.stringify(path.map((part) => part.toLowerCase()));

const isAll = (node: Node): boolean => names(node.column_names).at(-1) === ALL_COLUMNS;

/** `samples.*` out of what stands for it. */
function asStar(item: Node): Node {
  const [relation_name, all, more] = names(item.column_names);
  if (!isAll(item) || all === undefined || more !== undefined) return item;
  const lists = { exclude_list: [], replace_list: [], qualified_exclude_list: [], rename_list: [] };
  return { class: 'STAR', type: 'STAR', alias: '', relation_name, ...lists, columns: false, expr: null };
}

function refuseStar(node: Node): void {
  if (!isAll(node)) return;
  const path = names(node.column_names).slice(0, -1).join('.');
  throw refuse(`${path}.*, where ${path} is not the name of a table in FROM`);
}

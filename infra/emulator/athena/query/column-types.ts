/** Types of the columns that a query names, where its tables leave no doubt about them. */
import type { CatalogTable } from '../../glue/catalog.ts';
import { type Node, names, nodes, text, walk } from '../sql/ast.ts';
import { fromHiveType } from './types.ts';

/**
 * A name counts where every table of the query that has a column of it has it in one type, and nothing else in the query
 * is given that name. So it needs no scopes: whatever brings the column up from below brings up that type.
 */
export function columnTypes(
  tree: Node,
  tables: readonly CatalogTable[],
): (path: readonly string[]) => string | undefined {
  const mentioned = new Set<string>();
  const given = new Set<string>();
  const relations = new Set<string>();
  const add = (set: Set<string>, list: readonly string[]) => {
    for (const name of list) set.add(name.toLowerCase());
  };
  walk(tree, (node) => {
    if (node.type === 'BASE_TABLE') add(mentioned, [text(node.table_name)]);
    if (node.class !== undefined) add(given, keepsType(node) ? [] : [text(node.alias)]);
    else add(relations, [text(node.alias), text(node.table_name)]);
    if (node.class === 'LAMBDA') walk(node.lhs, (part) => add(given, names(part.column_names)));
    add(given, names(node.column_name_alias));
    for (const entry of nodes((node.cte_map as Node | undefined)?.map)) {
      add(given, names((entry.value as Node).aliases));
    }
  });
  const types = new Map<string, string | undefined>();
  for (const { name, type } of tables
    .filter((table) => mentioned.has(table.name.toLowerCase()))
    .flatMap(columns)) {
    const key = name.toLowerCase();
    const own = fromHiveType(type);
    types.set(key, types.has(key) && types.get(key) !== own ? undefined : own);
  }
  return (path) => {
    const [name = '', relation] = path.map((part) => part.toLowerCase()).toReversed();
    if (given.has(name) || path.length > 2 || (relation !== undefined && !relations.has(relation)))
      return undefined;
    return types.get(name);
  };
}

/** `max(x) AS x` and the like: the name goes on meaning a value of the column's type. */
function keepsType(item: Node): boolean {
  const [first] = nodes(item.children);
  const of = ['max', 'min', 'any_value', 'arbitrary', 'max_by', 'min_by'].includes(text(item.function_name))
    ? first
    : item;
  const path = of?.class === 'COLUMN_REF' ? names(of.column_names) : [];
  return path.length > 0 && path.at(-1)?.toLowerCase() === text(item.alias).toLowerCase();
}

const columns = (table: CatalogTable) => [...table.columns, ...table.partitionKeys];

/**
 * `lake.readings.seq`, as some tools write every column: Athena takes it where the table has no alias. A scan stands in
 * the place of the table later on and has its bare name, so the catalog and the database are taken off.
 */
import { type Node, names, text, walk } from './ast.ts';

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
}

const key = (path: readonly string[]): string => JSON.stringify(path.map((part) => part.toLowerCase()));

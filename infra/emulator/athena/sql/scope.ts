/** Which columns a name may mean in a query, and of what type they are, as far as that can be told without the engine. */
import { type Node, names, nodes, text } from './ast.ts';
import { commonType, typeOf } from './static-types.ts';

export interface Column {
  /** Lower case. */
  name: string;
  /** The engine's. */
  type: string | undefined;
}

/** The columns of a query; undefined where they cannot be told. */
export type Columns = readonly Column[] | undefined;

/** What a FROM clause brings in. */
export interface Relation {
  /** Lower case. */
  alias: string;
  columns: Columns;
}

/** Type of the column that a path such as `r.dt` names. */
export type TypeOfColumn = (path: readonly string[]) => string | undefined;

/** Key of the columns of a rewritten query. */
export const COLUMNS = Symbol('columns');
/** Key of the relations of a rewritten FROM clause. */
export const RELATIONS = Symbol('relations');

export const columnsOf = (query: unknown): Columns => (query as { [COLUMNS]?: Columns } | null)?.[COLUMNS];
/** Of anything else in a FROM clause nobody knows the columns. */
export const relationsOf = (from: Node): readonly Relation[] =>
  (from as { [RELATIONS]?: readonly Relation[] })[RELATIONS] ?? [{ alias: '', columns: undefined }];

/** A relation under the names that its alias gives it. */
export function relationOf(ref: Node, columns: Columns): Relation {
  const aliases = names(ref.column_name_alias);
  const alias = (text(ref.alias) || text(ref.table_name)).toLowerCase();
  return { alias, columns: renamed(columns, aliases) };
}

export function renamed(columns: Columns, aliases: readonly string[]): Columns {
  if (aliases.length === 0) return columns;
  if (columns && columns.length !== aliases.length) return undefined;
  return aliases.map((name, i) => ({ name: name.toLowerCase(), type: columns?.[i]?.type }));
}

/** `outer` is asked for what none of the relations can have. */
export const typesIn =
  (relations: readonly Relation[], outer: TypeOfColumn): TypeOfColumn =>
  (path) => {
    const [name = '', relation] = path.map((part) => part.toLowerCase()).toReversed();
    if (path.length > 2 || relations.some(({ columns }) => !columns)) return undefined;
    const named = relations.filter(({ alias }) => relation === undefined || alias === relation);
    const all = (from: readonly Relation[]) => from.flatMap(({ columns }) => columns ?? []);
    const found = all(named).filter((column) => column.name === name);
    if (found.length > 0) return agreed(found);
    const isField = all(relations).some((column) => column.name === relation);
    return named.length > 0 && relation !== undefined ? undefined : isField ? undefined : outer(path);
  };

/** In ORDER BY a name may be that of an output column, too. */
export const typesWithOutput =
  (columns: Columns, types: TypeOfColumn): TypeOfColumn =>
  (path) => {
    const [name = ''] = path.map((part) => part.toLowerCase());
    const output = columns?.filter((column) => column.name === name);
    const own = types(path);
    if (!output) return undefined;
    return path.length > 1 || output.every(({ type }) => type === own) ? own : undefined;
  };

/** Names that are given here hide others: the parameters of a lambda. */
export const typesWithout =
  (hidden: readonly string[], types: TypeOfColumn): TypeOfColumn =>
  (path) =>
    hidden.some((name) => name.toLowerCase() === path[0]?.toLowerCase()) ? undefined : types(path);

/** The columns of a SELECT, from its rewritten list. */
export function outputColumns(list: readonly Node[], relations: readonly Relation[]): Columns {
  const columns: Column[] = [];
  for (const item of list) {
    const own = item.class === 'STAR' ? starColumns(item, relations) : [itemColumn(item)];
    if (!own) return undefined;
    columns.push(...own);
  }
  return columns;
}

function starColumns(item: Node, relations: readonly Relation[]): Columns {
  const of = text(item.relation_name).toLowerCase();
  const named = relations.filter(({ alias }) => of === '' || alias === of);
  if (named.length === 0 || named.some(({ columns }) => !columns)) return undefined;
  return named.flatMap(({ columns }) => columns ?? []);
}

function itemColumn(item: Node): Column {
  const path = item.class === 'COLUMN_REF' ? names(item.column_names) : [];
  return { name: (text(item.alias) || path.at(-1) || '').toLowerCase(), type: typeOf(item) };
}

/** The columns of UNION and the like: those of the first query, in the types of both. */
export function united(left: Columns, right: Columns): Columns {
  if (!left || left.length !== right?.length) return undefined;
  return left.map(({ name, type }, i) => ({ name, type: commonType([type, right[i]?.type]) }));
}

/** The columns of VALUES. */
export function valuesColumns(rows: readonly Node[][]): Columns {
  return nodes(rows[0]).map((_, i) => ({
    name: `_col${i}`,
    type: commonType(rows.map((row) => row[i] && typeOf(row[i]))),
  }));
}

const agreed = (columns: readonly Column[]): string | undefined =>
  columns.every(({ type }) => type === columns[0]?.type) ? columns[0]?.type : undefined;

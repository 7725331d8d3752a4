/**
 * What DuckDB's grammar admits and Athena's does not: in a query's clauses and its FROM. A query that runs here and
 * fails in AWS would be a trap as well.
 */
import { isNode, type Node, names, nodes, text, walk } from './ast.ts';
import { QueryError, refuse } from './refusal.ts';

const syntax = (what: string) => new QueryError('SYNTAX_ERROR', what);
const JOINS = new Set(['INNER', 'LEFT', 'RIGHT', 'OUTER', 'FULL']);

/** @throws QueryError for syntax that is DuckDB's alone */
export function checkQuery(root: Node): void {
  walk(root, (node) => {
    if (node.sample) throw refuse('TABLESAMPLE');
    switch (node.type) {
      case 'SELECT_NODE':
        checkSelect(node);
        break;
      case 'JOIN':
        checkJoin(node);
        break;
      case 'TABLE_FUNCTION': {
        const name = text((node.function as Node).function_name);
        if (name.toLowerCase() !== 'unnest') throw refuse(`the table function ${name}`);
        break;
      }
      case 'BASE_TABLE':
        if (node.at_clause) throw refuse('FOR TIMESTAMP AS OF');
        break;
      case 'PIVOT':
      case 'SHOW_REF':
      case 'COLUMN_DATA':
        throw syntax(`${node.type} is no part of Athena's FROM`);
      case 'DISTINCT_MODIFIER':
        if (nodes(node.distinct_on_targets).length > 0) throw syntax('DISTINCT ON');
        break;
      case 'LIMIT_PERCENT_MODIFIER':
        throw syntax('LIMIT with a percentage');
    }
  });
}

function checkSelect(node: Node): void {
  if (node.qualify) throw syntax('QUALIFY');
  if (node.aggregate_handling !== 'STANDARD_HANDLING') throw syntax('GROUP BY ALL');
  checkOrderOfDistinct(node);
  const list = nodes(node.select_list);
  if (
    list.some((item) => item.class === 'STAR' && !text(item.relation_name)) &&
    joinsUsing(node.from_table)
  ) {
    throw refuse('SELECT * over JOIN … USING: Athena puts the shared columns first');
  }
  for (const item of list) {
    if (text(item.function_name).toLowerCase() === 'unnest')
      throw syntax('UNNEST outside FROM: use CROSS JOIN UNNEST(…)');
  }
}

/** What DISTINCT leaves has the columns of the list, and can be put in order by nothing else. */
function checkOrderOfDistinct(node: Node): void {
  const modifiers = nodes(node.modifiers);
  if (!modifiers.some(({ type }) => type === 'DISTINCT_MODIFIER')) return;
  const list = nodes(node.select_list);
  if (list.some((item) => item.class === 'STAR')) return;
  const shown = new Set(list.flatMap((item) => [plainText(item), text(item.alias).toLowerCase()]));
  for (const { expression } of modifiers.flatMap(({ orders }) => nodes(orders))) {
    const term = expression as Node;
    const path = names(term.column_names).map((part) => part.toLowerCase());
    const known = list.some((item) => names(item.column_names).at(-1)?.toLowerCase() === path.at(-1));
    const isShown = term.class === 'CONSTANT' || shown.has(plainText(term)) || (path.length > 0 && known);
    if (isShown || (path.length === 1 && shown.has(path[0] ?? ''))) continue;
    throw new QueryError(
      'EXPRESSION_NOT_IN_DISTINCT',
      'For SELECT DISTINCT, ORDER BY expressions must appear in select list',
    );
  }
}

/** The same for the same expression, wherever it stands. */
const plainText = (node: Node): string =>
  JSON.stringify(node, (key, value) =>
    key === 'query_location' || key === 'alias' ? undefined : value,
  ).toLowerCase();

function joinsUsing(from: unknown): boolean {
  if (!isNode(from) || from.type !== 'JOIN') return false;
  const shared = Array.isArray(from.using_columns) && from.using_columns.length > 0;
  return shared || joinsUsing(from.left) || joinsUsing(from.right);
}

function checkJoin(node: Node): void {
  const kind = text(node.ref_type);
  if (kind === 'NATURAL') throw new QueryError('NOT_SUPPORTED', 'Natural join not supported');
  if (kind !== 'REGULAR' && kind !== 'CROSS') throw syntax(`${kind} JOIN`);
  if (!JOINS.has(text(node.join_type))) throw syntax(`${text(node.join_type)} JOIN`);
}

/**
 * Athena resolves an alias of the SELECT list only in ORDER BY; DuckDB everywhere. `columnsOf` tells the columns of a
 * FROM clause, where they are known.
 * @throws QueryError COLUMN_NOT_FOUND, as Athena
 */
export function checkAliases(
  root: Node,
  columnsOf: (from: unknown, select: Node) => Set<string> | undefined,
): void {
  walk(root, (node) => {
    if (node.type !== 'SELECT_NODE') return;
    const list = nodes(node.select_list);
    const aliases = new Set(list.map((item) => text(item.alias).toLowerCase()).filter(Boolean));
    const known = columnsOf(node.from_table, node);
    if (!known || aliases.size === 0) return;
    const places = [node.where_clause, node.group_expressions, node.having, list];
    for (const place of places) walk(place, (part) => checkReference(part, aliases, known));
  });
}

function checkReference(part: Node, aliases: Set<string>, known: Set<string>): boolean {
  // A query inside, or a lambda, has names of its own.
  if (part.class === 'SUBQUERY' || part.class === 'LAMBDA') return false;
  if (part.class !== 'COLUMN_REF') return true;
  const path = part.column_names as string[];
  const name = path[0]?.toLowerCase() ?? '';
  if (path.length === 1 && aliases.has(name) && !known.has(name)) {
    throw new QueryError(
      'COLUMN_NOT_FOUND',
      `Column '${name}' cannot be resolved: Athena sees a SELECT alias only in ORDER BY. Repeat its expression, or write GROUP BY 1`,
    );
  }
  return true;
}

/** The names that a FROM clause offers, or undefined where that cannot be told from the text. */
export function columnResolver(
  tableColumns: (ref: Node) => string[] | undefined,
): (from: unknown, select: Node) => Set<string> | undefined {
  const outputs = (query: unknown): string[] | undefined => {
    if (!isNode(query)) return undefined;
    if (query.type === 'SET_OPERATION_NODE' || query.type === 'RECURSIVE_CTE_NODE') {
      return outputs(query.left ?? nodes(query.children)[0]);
    }
    if (query.type !== 'SELECT_NODE') return undefined;
    const result: string[] = [];
    for (const item of nodes(query.select_list)) {
      if (item.class === 'STAR') {
        const all = starColumns(query.from_table, text(item.relation_name).toLowerCase());
        if (!all) return undefined;
        result.push(...all);
      } else {
        const path = item.class === 'COLUMN_REF' ? (item.column_names as string[]) : [];
        result.push((text(item.alias) || path.at(-1) || '').toLowerCase());
      }
    }
    return result;
  };
  const ctes = new Map<string, { columns: string[] | undefined }>();
  const fromColumns = (from: unknown): string[] | undefined => {
    if (!isNode(from)) return undefined;
    if (from.type === 'JOIN') {
      const left = fromColumns(from.left);
      const right = fromColumns(from.right);
      return left && right ? [...left, ...right] : undefined;
    }
    return renamed(
      names(from.column_name_alias),
      ownColumns(from),
      (count) => `'${text(from.alias)}' has ${count} columns available`,
    );
  };
  const ownColumns = (from: Node): string[] | undefined => {
    switch (from.type) {
      case 'EMPTY':
        return [];
      case 'BASE_TABLE':
        return (
          (from.schema_name ? undefined : ctes.get(text(from.table_name).toLowerCase())?.columns) ??
          tableColumns(from)
        );
      case 'SUBQUERY':
        return outputs((from.subquery as Node).node);
      case 'EXPRESSION_LIST':
        return nodes((from.values as Node[][])[0]).map((_, i) => `_col${i}`);
      default:
        return undefined;
    }
  };
  /** Of `*`, or of `relation.*`. */
  const starColumns = (from: unknown, relation: string): string[] | undefined => {
    if (relation === '' || !isNode(from)) return fromColumns(from);
    if (from.type === 'JOIN') return starColumns(from.left, relation) ?? starColumns(from.right, relation);
    return (text(from.alias) || text(from.table_name)).toLowerCase() === relation
      ? fromColumns(from)
      : undefined;
  };
  return (from, select) => {
    for (const entry of nodes((select.cte_map as Node | undefined)?.map)) {
      const value = entry.value as Node;
      const columns = renamed(
        names(value.aliases),
        outputs((value.query as Node).node),
        (count) => `relation has ${count} columns`,
      );
      ctes.set(text(entry.key).toLowerCase(), { columns });
    }
    const columns = fromColumns(from);
    return columns && new Set(columns);
  };
}

/** Columns by the names that an alias gives them: to all of them, or to none. @throws QueryError as Athena */
function renamed(
  aliases: string[],
  own: string[] | undefined,
  has: (count: number) => string,
): string[] | undefined {
  if (aliases.length === 0) return own;
  if (own && own.length !== aliases.length) {
    throw new QueryError(
      'MISMATCHED_COLUMN_ALIASES',
      `Column alias list has ${aliases.length} entries but ${has(own.length)}`,
    );
  }
  return aliases.map((name) => name.toLowerCase());
}

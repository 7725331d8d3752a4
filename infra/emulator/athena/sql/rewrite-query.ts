/** Queries and what stands in their FROM: rewritten in the order in which names come into scope. */
import { isNode, mapChildren, type Node, names, nodes, text } from './ast.ts';
import { type Mismatch, mismatch } from './checks.ts';
import type { RewriteContext } from './context.ts';
import { areComparable } from './families.ts';
import { condition, sameTypes } from './one-type.ts';
import {
  COLUMNS,
  type Columns,
  columnsOf,
  outputColumns,
  RELATIONS,
  type Relation,
  relationOf,
  relationsOf,
  renamed,
  typesIn,
  typesWithOutput,
  united,
  valuesColumns,
} from './scope.ts';
import { typeOf } from './static-types.ts';
import { athenaType } from './type-names.ts';
import { rewriteUnnest } from './unnest.ts';

type Rewrite = (node: Node, context: RewriteContext) => Node;

/** Queries, table references, and the parts of expressions that are none. `rewrite` is that of any expression. */
export function rewriteQueryPart(node: Node, context: RewriteContext, rewrite: Rewrite): Node {
  switch (node.type) {
    case 'SELECT_NODE':
      return rewriteSelect(node, context, rewrite);
    case 'SET_OPERATION_NODE':
      return rewriteSetOperation(node, context, rewrite);
    case 'RECURSIVE_CTE_NODE':
      return children(node, context, rewrite);
    case 'JOIN':
      return rewriteJoin(node, context, rewrite);
    case 'BASE_TABLE':
      return relation(children(node, context, rewrite), tableColumns(node, context));
    case 'SUBQUERY': {
      const copy = children(node, context, rewrite);
      return relation(copy, columnsOf((copy.subquery as Node).node));
    }
    case 'TABLE_FUNCTION': {
      const args = nodes((node.function as Node).children).map((arg) => rewrite(arg, context));
      return relation(rewriteUnnest(node, args), unnestedColumns(node, args));
    }
    case 'EXPRESSION_LIST': {
      const copy = children(node, context, rewrite);
      const values = sameTypes(copy.values as Node[][], context);
      return relation({ ...copy, values }, valuesColumns(values));
    }
    default:
      return children(node, context, rewrite);
  }
}

const children = (node: Node, context: RewriteContext, rewrite: Rewrite): Node =>
  mapChildren(node, (child) => rewrite(child, context));

const relation = (from: Node, columns: Columns): Node => related(from, [relationOf(from, columns)]);
const related = (from: Node, relations: readonly Relation[]): Node =>
  Object.assign(from, { [RELATIONS]: relations });

/** FROM first: it says what the names in all else mean. ORDER BY last: it may name the output, too. */
function rewriteSelect(node: Node, context: RewriteContext, rewrite: Rewrite): Node {
  const { cte_map, ctes } = withClause(node, context, rewrite);
  const outer = { ...context, ctes };
  const from = isNode(node.from_table) ? rewrite(node.from_table, outer) : node.from_table;
  const relations = !isNode(from) || from.type === 'EMPTY' ? [] : relationsOf(from);
  const scoped = { ...outer, columnType: typesIn(relations, context.columnType) };
  const { cte_map: _with, from_table: _from, select_list, modifiers, ...others } = node;
  const rest = children(others, scoped, rewrite);
  const list = nodes(select_list).map((item) => rewrite(item, scoped));
  const columns = outputColumns(list, relations);
  const ordering = { ...scoped, columnType: typesWithOutput(columns, scoped.columnType) };
  const clause = (key: string, kind: Mismatch) =>
    rest[key] ? { [key]: condition(rest[key] as Node, kind, context) } : {};
  return {
    ...node,
    ...rest,
    ...{ cte_map, from_table: from, select_list: list },
    modifiers: nodes(modifiers).map((modifier) => rewrite(modifier, ordering)),
    ...clause('where_clause', 'where'),
    ...clause('having', 'having'),
    [COLUMNS]: columns,
  } as Node;
}

function rewriteSetOperation(node: Node, context: RewriteContext, rewrite: Rewrite): Node {
  const { cte_map, ctes } = withClause(node, context, rewrite);
  const { cte_map: _with, modifiers, ...others } = node;
  const rest = children(others, { ...context, ctes }, rewrite);
  const [left, right] = [columnsOf(rest.left), columnsOf(rest.right)];
  checkUnited(text(node.setop_type), left, right);
  const columns = united(left, right);
  const ordering = { ...context, ctes, columnType: () => undefined };
  return {
    ...node,
    ...rest,
    cte_map,
    modifiers: nodes(modifiers).map((modifier) => rewrite(modifier, ordering)),
    [COLUMNS]: columns,
  } as Node;
}

/** This engine would make text of what does not match. Types that the query does not show are not asked. */
function checkUnited(operation: string, left: Columns, right: Columns): void {
  for (const [i, { type }] of (left ?? []).entries()) {
    const other = right?.[i]?.type;
    if (type === undefined || other === undefined || areComparable(type, other) !== false) continue;
    throw mismatch(
      `column ${i + 1} in ${operation} query has incompatible types: ${athenaType(type)}, ${athenaType(other)}`,
      [athenaType(type), athenaType(other)],
    );
  }
}

/** A name of a WITH clause counts from the next one on: until then it is that of a table. */
function withClause(
  node: Node,
  context: RewriteContext,
  rewrite: Rewrite,
): { cte_map: unknown; ctes: RewriteContext['ctes'] } {
  const cteMap = node.cte_map;
  if (!isNode(cteMap)) return { cte_map: cteMap, ctes: context.ctes };
  let ctes = context.ctes;
  const map = nodes(cteMap.map).map((entry) => {
    const key = text(entry.key).toLowerCase();
    const query = (entry.value as Node).query as Node;
    // Within itself, a recursive one has the types of neither part alone.
    const recursive = (query.node as Node).type === 'RECURSIVE_CTE_NODE';
    const own = recursive ? new Map([...ctes, [key, undefined]]) : ctes;
    const copy = rewrite(entry, { ...context, ctes: own });
    const value = copy.value as Node;
    ctes = new Map([...ctes, [key, renamed(columnsOf((value.query as Node).node), names(value.aliases))]]);
    return copy;
  });
  return { cte_map: { ...cteMap, map }, ctes };
}

function tableColumns(ref: Node, context: RewriteContext): Columns {
  const name = text(ref.table_name).toLowerCase();
  const isCte = text(ref.schema_name) === '' && context.ctes.has(name);
  return isCte ? context.ctes.get(name) : context.tableColumns(ref);
}

/** What stands on the right may name what stands on the left. */
function rewriteJoin(node: Node, context: RewriteContext, rewrite: Rewrite): Node {
  const { left: leftPart, right: rightPart, ...others } = node;
  const left = rewrite(leftPart as Node, context);
  const within = (relations: readonly Relation[]) => ({
    ...context,
    columnType: typesIn(relations, context.columnType),
  });
  const right = rewrite(rightPart as Node, within(relationsOf(left)));
  const both = [...relationsOf(left), ...relationsOf(right)];
  const copy: Node = { ...node, ...children(others, within(both), rewrite), left, right };
  if (copy.condition) copy.condition = condition(copy.condition as Node, 'on', context);
  return related(copy, both);
}

/** Of one array, whose elements may be numbered; of anything else the names alone. */
function unnestedColumns(table: Node, args: readonly Node[]): Columns {
  const aliases = names(table.column_name_alias);
  const numbered = table.with_ordinality === 'WITH_ORDINALITY';
  const [list] = args;
  const type = list && args.length === 1 ? /^(.+)\[\]$/.exec(typeOf(list) ?? '')?.[1] : undefined;
  if (aliases.length !== (numbered ? 2 : 1)) return undefined;
  return [{ name: '', type }, ...(numbered ? [{ name: '', type: 'BIGINT' }] : [])];
}

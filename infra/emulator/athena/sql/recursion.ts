/**
 * WITH RECURSIVE as Athena plans it: the step is written out once for each level, and what is left after the last level
 * is an error. This engine would go on instead, and `UNION` would end a circle that in Athena does not end.
 */
import {
  call,
  cast,
  column,
  conjunction,
  isNode,
  type Node,
  names,
  nodes,
  stringConstant,
  text,
  walk,
} from './ast.ts';
import { checked } from './checks.ts';
import { QueryError, refuse } from './refusal.ts';

const MAX_DEPTH = 10;
const TOO_DEEP = `NOT_SUPPORTED: Recursion depth limit exceeded (${MAX_DEPTH}). Use 'max_recursion_depth' session property to modify the limit.`;

/** A rewritten query without recursion. @throws QueryError */
export function unroll(node: Node): Node {
  const copy = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, unrollValue(value)]),
  ) as Node;
  const withClause = copy.cte_map;
  return isNode(withClause)
    ? { ...copy, cte_map: { ...withClause, map: nodes(withClause.map).flatMap(unrollEntry) } }
    : copy;
}

function unrollValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unrollValue);
  return isNode(value) ? unroll(value) : value;
}

/** An entry of a WITH clause: one for each level, and the union of them under its own name. */
function unrollEntry(entry: Node): Node[] {
  const value = entry.value as Node;
  const query = (value.query as Node).node as Node;
  if (query.type !== 'RECURSIVE_CTE_NODE') return [entry];
  const name = text(entry.key);
  const { left, right, union_all: all } = query as { left: Node; right: Node; union_all: boolean };
  const own = { ...query, type: 'SET_OPERATION_NODE', setop_type: 'UNION' };
  const as = (key: string, node: Node, materialized = text(value.materialized)): Node => ({
    key,
    value: { ...value, materialized, query: { ...(value.query as Node), node } },
  });
  if (references(right, name) === 0) return [as(name, { ...own, setop_all: all })];
  validate(query, name, names(value.aliases));
  const levels = Array.from({ length: MAX_DEPTH + 2 }, (_, level) => `athena_level_${level}_${name}`);
  const steps = levels.map((key, level) =>
    as(key, level === 0 ? left : stepFrom(right, name, levels[level - 1] ?? ''), 'CTE_MATERIALIZE_ALWAYS'),
  );
  const parts = levels.map((level, i) =>
    i > MAX_DEPTH ? leftOver(levels, names(value.aliases)) : selectAll(table(level)),
  );
  const union = parts.reduceRight((rest, part) => ({ ...own, setop_all: all, left: part, right: rest }));
  return [...steps, as(name, union)];
}

function validate(query: Node, name: string, aliases: string[]): void {
  const invalid = (what: string) => new QueryError('INVALID_RECURSIVE_REFERENCE', what);
  if (aliases.length === 0) {
    throw new QueryError('MISSING_COLUMN_ALIASES', 'missing column aliases in recursive WITH query');
  }
  if (references(query.left as Node, name) > 0) {
    throw invalid('WITH table name is referenced in the base relation of recursion');
  }
  if (references(query.right as Node, name) > 1) {
    throw invalid('multiple recursive references in the step relation of recursion');
  }
  if (nodes(query.modifiers).length > 0) throw refuse('ORDER BY, LIMIT or OFFSET of a recursive query');
}

const isReference = (node: Node, name: string): boolean =>
  node.type === 'BASE_TABLE' &&
  text(node.schema_name) === '' &&
  text(node.table_name).toLowerCase() === name.toLowerCase();

function references(query: Node, name: string): number {
  const found: Node[] = [];
  walk(query, (node) => {
    if (isReference(node, name)) found.push(node);
  });
  return found.length;
}

function stepFrom(step: Node, name: string, level: string): Node {
  const copy = structuredClone(step);
  walk(copy, (node) => {
    if (isReference(node, name)) Object.assign(node, { alias: text(node.alias) || name, table_name: level });
  });
  return copy;
}

/** Fails with the first row that is left, and before that where the types of a step are not those of the base. */
function leftOver(levels: string[], columns: string[]): Node {
  const [base = '', first = ''] = levels;
  const last = levels.at(-1) ?? '';
  const sameTypes = columns.map((one) =>
    equal(call('typeof', [column(base, one)]), call('typeof', [column(first, one)])),
  );
  const failure = { kind: 'refused', detail: 'recursive_types', place: '', typed: [] } as const;
  const fails = cast(call('athena_fail', [stringConstant(TOO_DEEP)]), 'BOOLEAN');
  return {
    ...selectAll(join(table(last), join(table(base), table(first))), last),
    where_clause: checked(fails, conjunction('CONJUNCTION_AND', sameTypes), failure),
  };
}

const equal = (left: Node, right: Node): Node => ({
  ...{ class: 'COMPARISON', type: 'COMPARE_EQUAL', alias: '', left, right },
});

const selectAll = (from: Node, relation = ''): Node => ({
  type: 'SELECT_NODE',
  modifiers: [],
  cte_map: { map: [] },
  select_list: [
    {
      ...{ class: 'STAR', type: 'STAR', alias: '', relation_name: relation, columns: false, expr: null },
      ...{ exclude_list: [], replace_list: [], qualified_exclude_list: [], rename_list: [] },
    },
  ],
  from_table: from,
  where_clause: null,
  group_expressions: [],
  group_sets: [],
  aggregate_handling: 'STANDARD_HANDLING',
  ...{ having: null, sample: null, qualify: null },
});

const table = (name: string): Node => ({
  ...{ type: 'BASE_TABLE', alias: '', sample: null, schema_name: '', table_name: name },
  ...{ column_name_alias: [], catalog_name: '', at_clause: null },
});

const join = (left: Node, right: Node): Node => ({
  ...{ type: 'JOIN', alias: '', sample: null, left, right, condition: null },
  ...{ join_type: 'INNER', ref_type: 'CROSS', using_columns: [] },
  ...{ delim_flipped: false, duplicate_eliminated_columns: [] },
});

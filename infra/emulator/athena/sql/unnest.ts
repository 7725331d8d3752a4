/** `UNNEST(…) AS t(a, b)`: of one array, of several side by side, of a map as key and value. */
import { call, type Node } from './ast.ts';
import { isMap } from './context.ts';
import { refuse } from './refusal.ts';

/** The table reference for DuckDB; `args` are rewritten already. */
export function rewriteUnnest(table: Node, args: Node[]): Node {
  const unnest = table.function as Node;
  const columns = Array.isArray(table.column_name_alias) ? table.column_name_alias.length : 0;
  const ordinality = table.with_ordinality === 'WITH_ORDINALITY';
  const [only] = args;
  const map = args.length === 1 && (isMap(only) || (columns === 2 && !ordinality));
  if (args.length === 1 && !map) return { ...table, function: { ...unnest, children: args } };
  if (ordinality) throw refuse('UNNEST of a map or of several arrays WITH ORDINALITY');
  const parts = map ? [call('map_keys', args), call('map_values', args)] : args;
  // Side by side in a SELECT list, DuckDB pads the shorter arrays with NULL, as Athena does.
  const select: Node = {
    type: 'SELECT_NODE',
    modifiers: [],
    cte_map: { map: [] },
    select_list: parts.map((part) => call('unnest', [part])),
    from_table: { type: 'EMPTY', alias: '', sample: null },
    where_clause: null,
    group_expressions: [],
    group_sets: [],
    aggregate_handling: 'STANDARD_HANDLING',
    having: null,
    sample: null,
    qualify: null,
  };
  return {
    type: 'SUBQUERY',
    alias: table.alias,
    sample: null,
    subquery: { node: select, named_param_map: [] },
    column_name_alias: table.column_name_alias,
  };
}

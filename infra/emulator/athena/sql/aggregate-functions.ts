/** Aggregates. Renamed or wrapped, but never macros: those would refuse DISTINCT, FILTER and ORDER BY. */
import {
  call,
  caseWhen,
  column,
  integerConstant,
  lambda,
  type Node,
  nullConstant,
  stringConstant,
} from './ast.ts';
import { notOfFamily } from './checks.ts';
import { argument, type FunctionRewrite, renamed } from './context.ts';
import { notDecimal } from './operators.ts';
import { refuse } from './refusal.ts';

const byExtreme = (order: 'max' | 'min'): FunctionRewrite => ({
  arity: [2, 3],
  aggregate: true,
  rewrite: (args, _, node) => {
    if (args.length === 2) return renamed(node, `arg_${order}_null`, args);
    if (node.class === 'WINDOW') throw refuse(`${order}_by with three arguments as a window function`);
    // DuckDB drops rows whose value is NULL: wrapped, none is.
    const [value, by, count] = args as [Node, Node, Node];
    const wrapped = call('struct_pack', [{ ...value, alias: 'value' }]);
    const best = renamed({ ...node, alias: '' }, `arg_${order}`, [wrapped, by, count]);
    return call('list_transform', [
      best,
      lambda('entry', call('struct_extract', [column('entry'), stringConstant('value')])),
    ]);
  },
});

/** Of reals, Athena makes a real where this engine makes a double. */
const notReal = (value: Node): Node =>
  notOfFamily(value, 'real', { kind: 'refused', detail: 'sum_of_reals', place: '', typed: [] });

export const AGGREGATE_FUNCTIONS: Record<string, FunctionRewrite> = {
  approx_distinct: {
    // Exact is within every error bound.
    arity: [1, 2],
    aggregate: true,
    rewrite: (args, _, node) => ({ ...renamed(node, 'count', args.slice(0, 1)), distinct: true }),
  },
  approx_percentile: {
    arity: [2, 2],
    aggregate: true,
    rewrite: (args, _, node) => renamed(node, 'quantile_disc', args),
  },
  count_if: {
    // The engine's own gives NULL where every condition is NULL.
    arity: [1, 1],
    aggregate: true,
    rewrite: ([condition], { placeOf }, node) => {
      const met = argument(condition as Node, 'boolean', 'count_if', placeOf(node));
      return renamed(node, 'count', [caseWhen(met, integerConstant(1), nullConstant())]);
    },
  },
  listagg: {
    arity: [2, 2],
    aggregate: true,
    rewrite: (args, { placeOf }, node) => {
      const [value, separator] = args as [Node, Node];
      return renamed(node, 'string_agg', [argument(value, 'text', 'listagg', placeOf(node)), separator]);
    },
  },
  avg: {
    arity: [1, 1],
    aggregate: true,
    rewrite: ([value], _, node) => renamed(node, 'avg', [notReal(notDecimal(value as Node))]),
  },
  sum: {
    arity: [1, 1],
    aggregate: true,
    rewrite: ([value], _, node) => renamed(node, 'sum', [notReal(value as Node)]),
  },
  max_by: byExtreme('max'),
  min_by: byExtreme('min'),
  map_agg: {
    arity: [2, 2],
    aggregate: true,
    rewrite: (args, _, node) => {
      const [key, value] = args as [Node, Node];
      const pair = call('struct_pack', [
        { ...key, alias: 'k' },
        { ...value, alias: 'v' },
      ]);
      return call('athena_map_agg', [renamed({ ...node, alias: '' }, 'list', [pair])]);
    },
  },
};

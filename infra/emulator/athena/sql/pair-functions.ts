/** Functions that call a lambda with two values: elements of two arrays, or key and value of a map. */
import {
  call,
  column,
  integerConstant,
  lambda,
  type Node,
  names,
  operator,
  stringConstant,
  walk,
} from './ast.ts';
import { argument, elementOf, type FunctionRewrite, macro } from './context.ts';
import { refuse } from './refusal.ts';

/** Name of the parameter that holds both. */
const PAIR = 'athena_pair';
const part = (which: Node): Node => call('struct_extract', [column(PAIR), which]);
const FIRST = part(integerConstant(1));
const SECOND = part(integerConstant(2));
const KEY = part(stringConstant('key'));
const VALUE = part(stringConstant('value'));

/** The lambda's value for these two: each is the one element of a list, so that it gets the name it has in the lambda. */
function applied(given: Node | undefined, values: readonly [Node, Node], name: string): Node {
  const parameters: string[] = [];
  if (given?.class === 'LAMBDA') walk(given.lhs, (node) => void parameters.push(...names(node.column_names)));
  if (parameters.length !== 2) throw refuse(`${name} by anything but a lambda of two names`);
  return parameters.reduceRight((body, parameter, i) => {
    const single = operator('ARRAY_CONSTRUCTOR', [values[i] as Node]);
    return elementOf(call('list_transform', [single, lambda(parameter, body)]));
  }, given?.expr as Node);
}

const entry = (key: Node, value: Node): Node =>
  call('struct_pack', [
    { ...key, alias: 'k' },
    { ...value, alias: 'v' },
  ]);

/** A map of what `change` makes of each entry. */
const ofMap = (name: string, change: (value: Node) => Node): FunctionRewrite => ({
  arity: [2, 2],
  rewrite: (args) => {
    const [map, given] = args as [Node, Node];
    const entries = call('map_entries', [map]);
    const changed = change(applied(given, [KEY, VALUE], name));
    return call('map_from_entries', [call('list_transform', [entries, lambda(PAIR, changed)])]);
  },
});

export const PAIR_FUNCTIONS: Record<string, FunctionRewrite> = {
  zip_with: {
    arity: [3, 3],
    rewrite: (args) => {
      const [left, right, given] = args as [Node, Node, Node];
      const value = applied(given, [FIRST, SECOND], 'zip_with');
      return call('list_transform', [macro('zip_pairs', [left, right]), lambda(PAIR, value)]);
    },
  },
  transform_keys: ofMap('transform_keys', (key) => entry(key, VALUE)),
  transform_values: ofMap('transform_values', (value) => entry(KEY, value)),
  map_filter: {
    arity: [2, 2],
    rewrite: (args, { placeOf }, node) => {
      const [map, given] = args as [Node, Node];
      const kept = applied(given, [KEY, VALUE], 'map_filter');
      const condition = argument(kept, 'boolean', 'map_filter', placeOf(node));
      return call('map_from_entries', [
        call('list_filter', [call('map_entries', [map]), lambda(PAIR, condition)]),
      ]);
    },
  },
};

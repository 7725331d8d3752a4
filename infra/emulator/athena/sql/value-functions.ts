/** Functions of numbers, of NULLs, of arrays, maps and JSON. */
import {
  call,
  caseWhen,
  cast,
  conjunction,
  constantType,
  integerConstant,
  type Node,
  nullConstant,
  operator,
  stringConstant,
} from './ast.ts';
import { checked, comparable, type Failure, ofFamily, typeCopy } from './checks.ts';
import { ANY_NUMBER, argument, constantArgument, type FunctionRewrite, isMap, macro } from './context.ts';
import { notDecimal } from './operators.ts';
import { refuse } from './refusal.ts';

/** DuckDB leaves NULLs out; in Athena one makes the result NULL. */
const nullIfAnyNull = (name: string): FunctionRewrite => ({
  arity: [2, ANY_NUMBER],
  rewrite: (args, { placeOf }, node) => {
    const [first, ...others] = args as [Node, ...Node[]];
    const alike = others.map((other) =>
      comparable(other, first, { kind: 'extreme', place: placeOf(node), typed: [first, other] }),
    );
    const nulls = args.map((arg) => operator('OPERATOR_IS_NULL', [arg]));
    return caseWhen(conjunction('CONJUNCTION_OR', nulls), nullConstant(), call(name, [first, ...alike]));
  },
});

const wholeNumber = (name: string): FunctionRewrite => ({
  arity: [1, 1],
  rewrite: (args) => {
    const [value] = args as [Node];
    return ['INTEGER', 'BIGINT'].includes(constantType(value) ?? '') ? value : macro(name, args);
  },
});

const doubleConstant = (value: string): FunctionRewrite => ({
  arity: [0, 0],
  rewrite: () => cast(stringConstant(value), 'DOUBLE'),
});

/** JSON paths on which DuckDB and Athena agree: no wildcards, no filters. */
const JSON_PATH = /^\$(?:\.[A-Za-z_]\w*|\[\d+\]|\["[^"\\]+"\])*$/;

const atPath = (name: string): FunctionRewrite => ({
  arity: [2, 2],
  rewrite: (args) => {
    const path = constantArgument(args, 1, 'a JSON function');
    if (!JSON_PATH.test(path)) throw refuse(`the JSON path ${path}: only $.name, $["name"] and $[0]`);
    const [value] = args as [Node];
    return macro(name, [value, stringConstant(path.replace(/\["([^"]+)"\]/g, '."$1"'))]);
  },
});

/** An element must be of the type of the array's. */
const inArray = (name: string): FunctionRewrite => ({
  arity: [2, 2],
  rewrite: (args, { placeOf }, node) => {
    const [list, element] = args as [Node, Node];
    const failure: Failure = { kind: 'arguments', detail: name, place: placeOf(node), typed: args };
    const single = operator('ARRAY_CONSTRUCTOR', [typeCopy(element)]);
    const condition = call('athena_comparable', [typeCopy(list), single]);
    return macro(name, [list, checked(element, condition, failure)]);
  },
});

export const VALUE_FUNCTIONS: Record<string, FunctionRewrite> = {
  round: {
    arity: [1, 2],
    rewrite: (args) => {
      const [value, digits] = args as [Node, Node | undefined];
      return digits ? call('round', [notDecimal(value), digits]) : call('round', [value]);
    },
  },
  ceil: wholeNumber('ceil'),
  ceiling: wholeNumber('ceil'),
  floor: wholeNumber('floor'),
  truncate: { arity: [1, 1], rewrite: (args) => call('trunc', args) },
  nan: doubleConstant('NaN'),
  infinity: doubleConstant('Infinity'),

  greatest: nullIfAnyNull('greatest'),
  least: nullIfAnyNull('least'),
  nullif: {
    arity: [2, 2],
    rewrite: (args, { placeOf }, node) => {
      const [value, other] = args as [Node, Node];
      return call('nullif', [
        value,
        comparable(other, value, { kind: 'nullif', place: placeOf(node), typed: args }),
      ]);
    },
  },

  cardinality: { arity: [1, 1], rewrite: (args) => call(isMap(args[0]) ? 'cardinality' : 'len', args) },
  array_join: {
    arity: [2, 2],
    rewrite: (args) => {
      const [list, separator] = args as [Node, Node];
      const refusal: Failure = { kind: 'refused', detail: 'joined_elements', place: '', typed: [] };
      return call('array_to_string', [ofFamily(list, 'joinable', refusal), separator]);
    },
  },
  array_sort: {
    arity: [1, 1],
    rewrite: (args) => call('list_sort', [...args, stringConstant('ASC'), stringConstant('NULLS LAST')]),
  },
  sequence: {
    arity: [2, 3],
    rewrite: (args, { placeOf }, node) => {
      const [from, ...others] = args as [Node, Node, Node?];
      return macro('sequence', [argument(from, 'steppable', 'sequence', placeOf(node)), ...others] as Node[]);
    },
  },
  filter: {
    arity: [2, 2],
    rewrite: (args, { placeOf }, node) => {
      const [list, lambda] = args as [Node, Node];
      if (lambda.class !== 'LAMBDA') throw refuse('filter by anything but a lambda');
      return call('list_filter', [
        list,
        { ...lambda, expr: argument(lambda.expr as Node, 'boolean', 'filter', placeOf(node)) },
      ]);
    },
  },
  contains: inArray('contains'),
  array_position: inArray('array_position'),
  reduce: {
    arity: [4, 4],
    rewrite: (args) => {
      const [list, initial, step, last] = args as [Node, Node, Node, Node];
      const state = call('list_reduce', [list, step, initial]);
      const finished = call('list_transform', [operator('ARRAY_CONSTRUCTOR', [state]), last]);
      return operator('ARRAY_EXTRACT', [finished, integerConstant(1)]);
    },
  },

  json_extract: atPath('json_extract'),
  json_extract_scalar: atPath('json_scalar'),
};

/** Functions of numbers, of NULLs, of arrays, maps and JSON. */
import {
  call,
  caseWhen,
  cast,
  column,
  conjunction,
  constantType,
  integerConstant,
  lambda,
  type Node,
  nullConstant,
  operator,
  stringConstant,
} from './ast.ts';
import { ANY_NUMBER, constantArgument, type FunctionRewrite, isMap, macro } from './context.ts';
import { isDate } from './intervals.ts';
import { refuse } from './refusal.ts';

/** DuckDB leaves NULLs out; in Athena one makes the result NULL. */
const nullIfAnyNull = (name: string): FunctionRewrite => ({
  arity: [2, ANY_NUMBER],
  rewrite: (args) => {
    const nulls = args.map((arg) => operator('OPERATOR_IS_NULL', [arg]));
    return caseWhen(conjunction('CONJUNCTION_OR', nulls), nullConstant(), call(name, args));
  },
});

const bitwise = (name: string): FunctionRewrite => ({
  arity: [2, 2],
  rewrite: (args) => {
    const whole = args.map((arg) => cast(arg, 'BIGINT'));
    return call(name, whole);
  },
});

const wholeNumber = (name: string): FunctionRewrite => ({
  arity: [1, 1],
  rewrite: (args, context) => {
    const [value] = args as [Node];
    return ['INTEGER', 'BIGINT'].includes(constantType(value) ?? '') ? value : macro(name, context, args);
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
  rewrite: (args, context) => {
    const path = constantArgument(args, 1, 'a JSON function');
    if (!JSON_PATH.test(path)) throw refuse(`the JSON path ${path}: only $.name, $["name"] and $[0]`);
    const [value] = args as [Node];
    return macro(name, context, [value, stringConstant(path.replace(/\["([^"]+)"\]/g, '."$1"'))]);
  },
});

export const VALUE_FUNCTIONS: Record<string, FunctionRewrite> = {
  round: {
    arity: [1, 2],
    rewrite: (args, context) => {
      const [value, digits] = args as [Node, Node | undefined];
      return digits ? call('round', [macro('no_decimal', context, [value]), digits]) : call('round', [value]);
    },
  },
  ceil: wholeNumber('ceil'),
  ceiling: wholeNumber('ceil'),
  floor: wholeNumber('floor'),
  truncate: { arity: [1, 1], rewrite: (args) => call('trunc', args) },
  nan: doubleConstant('NaN'),
  infinity: doubleConstant('Infinity'),
  bitwise_and: bitwise('&'),
  bitwise_or: bitwise('|'),
  bitwise_xor: bitwise('xor'),

  greatest: nullIfAnyNull('greatest'),
  least: nullIfAnyNull('least'),
  nullif: { arity: [2, 2], rewrite: (args) => call('nullif', args) },

  cardinality: { arity: [1, 1], rewrite: (args) => call(isMap(args[0]) ? 'cardinality' : 'len', args) },
  array_join: {
    arity: [2, 2],
    rewrite: (args, context) => {
      const [list, separator] = args as [Node, Node];
      return call('array_to_string', [macro('joinable', context, [list]), separator]);
    },
  },
  array_sort: {
    arity: [1, 1],
    rewrite: (args) => call('list_sort', [...args, stringConstant('ASC'), stringConstant('NULLS LAST')]),
  },
  sequence: {
    arity: [2, 3],
    rewrite: (args, context) => {
      const [from, to, step] = args as [Node, Node, Node | undefined];
      if (!isDate(from)) return macro('sequence', context, args);
      const days = call('generate_series', [from, to, step ?? call('to_days', [integerConstant(1)])]);
      return call('list_transform', [days, lambda('day', cast(column('day'), 'DATE'))]);
    },
  },
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

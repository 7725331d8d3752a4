/** Functions of text. */
import { call, caseWhen, cast, type Node, operator, stringConstant } from './ast.ts';
import { type Failure, ofFamily } from './checks.ts';
import { ANY_NUMBER, argument, constantArgument, type FunctionRewrite, macro } from './context.ts';
import { type FormatPiece, fromJavaReplacement, parseJavaFormat } from './formats.ts';
import { concatenation } from './operators.ts';
import { QueryError, refuse } from './refusal.ts';
import { countGroups, mayTakeNoPart } from './regexp-groups.ts';

const DEFAULT_DECIMALS = 6;
const MAX_DIGITS = 38;
/** Leaves the numbers 18 digits before the point. */
const MAX_DECIMALS = 20;

function javaFormat(args: Node[], place: string): Node {
  const values = args.slice(1).map((value) => argument(value, 'plain', 'format', place));
  const parts = parseJavaFormat(constantArgument(args, 0, 'format')).map((piece) => {
    if (piece.kind === 'text') return stringConstant(piece.text);
    const value = values.shift();
    if (value) return padded(formatted(piece, value), piece);
    throw new QueryError('INVALID_FUNCTION_ARGUMENT', 'format has more specifiers than arguments');
  });
  return parts.reduce((a, b) => call('||', [a, b]), stringConstant(''));
}

type Specifier = Exclude<FormatPiece, { kind: 'text' }>;

/** Of NULL, the formatter writes as much of `null` as its precision allows. */
function formatted(piece: Specifier, value: Node): Node {
  const { kind, precision } = piece;
  const shown =
    kind === 's' ? macro('to_varchar', [value]) : kind === 'd' ? whole(piece, value) : fixed(piece, value);
  return caseWhen(operator('OPERATOR_IS_NULL', [value]), stringConstant('null'.slice(0, precision)), shown);
}

function whole({ flags }: Specifier, value: Node): Node {
  const number = macro('format_integer', [value]);
  return flags.includes(',') ? call('format', [stringConstant('{:,}'), number]) : cast(number, 'VARCHAR');
}

/** Java rounds the decimal digits of the value half up; C (and DuckDB) rounds its binary value half to even. */
function fixed({ flags, precision = DEFAULT_DECIMALS }: Specifier, value: Node): Node {
  if (flags.includes(',')) throw refuse('format with %,f');
  if (precision > MAX_DECIMALS) throw refuse(`format with more than ${MAX_DECIMALS} decimals`);
  const decimal = { type: 'DECIMAL_TYPE_INFO', alias: '', width: MAX_DIGITS, scale: precision };
  const rounded = {
    ...cast(macro('format_fixed', [value]), 'DECIMAL'),
    cast_type: { id: 'DECIMAL', type_info: decimal },
  };
  return macro('format_double', [value, cast(rounded, 'VARCHAR')]);
}

function padded(shown: Node, { flags, width }: Specifier): Node {
  if (width === 0) return shown;
  if (flags.includes('0')) throw refuse('format padded with zeros: use lpad');
  return call('printf', [stringConstant(`%${flags.includes('-') ? '-' : ''}${width}s`), shown]);
}

/** @param whole what gives the match, or a group that always takes part  @param perhaps of one that may not */
const matched = (whole: (args: Node[]) => Node, perhaps: (args: Node[]) => Node): FunctionRewrite => ({
  arity: [2, 3],
  rewrite: (args) => {
    if (args.length === 2) return whole(args);
    const pattern = constantArgument(args, 1, 'a group of a regular expression');
    const group = args[2]?.class === 'CONSTANT' ? Number((args[2].value as Node).value) : Number.NaN;
    if (!Number.isInteger(group))
      throw refuse('a group of a regular expression that is not a literal number');
    const groups = countGroups(pattern);
    if (group <= groups) return (mayTakeNoPart(pattern, group) ? perhaps : whole)(args);
    const message = `Pattern has ${groups} groups. Cannot access group ${group}`;
    return macro('fail', [stringConstant(`INVALID_FUNCTION_ARGUMENT: ${message}`)]);
  },
});

const allMatches = (args: Node[]): Node => call('regexp_extract_all', args);

export const TEXT_FUNCTIONS: Record<string, FunctionRewrite> = {
  regexp_extract: matched(
    (args) => macro('regexp_extract', args),
    (args) => macro('regexp_group', args),
  ),
  regexp_extract_all: matched(allMatches, allMatches),
  concat: {
    arity: [2, ANY_NUMBER],
    rewrite: (args, { placeOf }, node) => args.reduce((a, b) => concatenation(a, b, placeOf(node))),
  },
  concat_ws: {
    arity: [2, ANY_NUMBER],
    rewrite: (args, { placeOf }, node) =>
      call(
        'concat_ws',
        args.map((arg) => argument(arg, 'text', 'concat_ws', placeOf(node))),
      ),
  },
  replace: {
    arity: [2, 3],
    rewrite: (args) => macro('replace', [...args, stringConstant('')].slice(0, 3)),
  },
  regexp_replace: {
    arity: [2, 3],
    rewrite: (args) => {
      const by = args.length === 3 ? fromJavaReplacement(constantArgument(args, 2, 'regexp_replace')) : '';
      return macro('regexp_replace', [...args.slice(0, 2), stringConstant(by)]);
    },
  },
  format: { arity: [2, ANY_NUMBER], rewrite: (args, { placeOf }, node) => javaFormat(args, placeOf(node)) },
  reverse: {
    arity: [1, 1],
    rewrite: (args, { placeOf }, node) => {
      const refusal: Failure = { kind: 'refused', detail: 'reversed_array', place: '', typed: [] };
      return call('reverse', [
        ofFamily(argument(args[0] as Node, 'text', 'reverse', placeOf(node)), 'plain', refusal),
      ]);
    },
  },
};

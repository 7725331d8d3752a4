/** Functions of text. */
import { call, cast, type Node, stringConstant } from './ast.ts';
import { ANY_NUMBER, constantArgument, type FunctionRewrite, macro, type RewriteContext } from './context.ts';
import { type FormatPiece, fromJavaReplacement, parseJavaFormat } from './formats.ts';
import { QueryError, refuse } from './refusal.ts';

const DEFAULT_DECIMALS = 6;
const MAX_DIGITS = 38;

function javaFormat(args: Node[], context: RewriteContext): Node {
  const values = args.slice(1);
  const parts = parseJavaFormat(constantArgument(args, 0, 'format')).map((piece) => {
    if (piece.kind === 'text') return stringConstant(piece.text);
    const value = values.shift();
    if (value) return padded(macro('present', context, [formatted(piece, value, context)]), piece);
    throw new QueryError('INVALID_FUNCTION_ARGUMENT', 'format has more specifiers than arguments');
  });
  return parts.reduce((a, b) => call('||', [a, b]), stringConstant(''));
}

type Specifier = Exclude<FormatPiece, { kind: 'text' }>;

function formatted({ kind, flags, precision }: Specifier, value: Node, context: RewriteContext): Node {
  const thousands = flags.includes(',');
  if (kind === 's') return macro('timestamp_text', context, [value]);
  if (kind === 'd') {
    return thousands
      ? call('format', [stringConstant('{:,}'), cast(value, 'BIGINT')])
      : cast(cast(value, 'BIGINT'), 'VARCHAR');
  }
  if (thousands) throw refuse('format with %,f');
  // Java rounds the decimal digits of the value half up; C (and DuckDB) rounds its binary value half to even.
  const digits = cast(cast(value, 'DOUBLE'), 'VARCHAR');
  const decimal = {
    type: 'DECIMAL_TYPE_INFO',
    alias: '',
    width: MAX_DIGITS,
    scale: precision ?? DEFAULT_DECIMALS,
  };
  return cast({ ...cast(digits, 'DECIMAL'), cast_type: { id: 'DECIMAL', type_info: decimal } }, 'VARCHAR');
}

function padded(shown: Node, { flags, width }: Specifier): Node {
  if (width === 0) return shown;
  if (flags.includes('0')) throw refuse('format padded with zeros: use lpad');
  return call('printf', [stringConstant(`%${flags.includes('-') ? '-' : ''}${width}s`), shown]);
}

export const TEXT_FUNCTIONS: Record<string, FunctionRewrite> = {
  concat: {
    arity: [2, ANY_NUMBER],
    rewrite: (args, context) => args.reduce((a, b) => macro('concat', context, [a, b])),
  },
  concat_ws: {
    arity: [2, ANY_NUMBER],
    rewrite: (args, context) => {
      const texts = args.map((arg) => macro('text_only', context, [arg]));
      return call('concat_ws', texts);
    },
  },
  replace: {
    arity: [2, 3],
    rewrite: (args) => call('replace', [...args, stringConstant('')].slice(0, 3)),
  },
  regexp_replace: {
    arity: [2, 3],
    rewrite: (args) => {
      const by = args.length === 3 ? fromJavaReplacement(constantArgument(args, 2, 'regexp_replace')) : '';
      return call('regexp_replace', [...args.slice(0, 2), stringConstant(by), stringConstant('g')]);
    },
  },
  format: { arity: [2, ANY_NUMBER], rewrite: javaFormat },
};

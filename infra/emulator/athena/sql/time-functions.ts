/** Functions of time. A timestamp here is of UTC always: what would show another zone is refused. */
import { call, cast, integerConstant, type Node, stringConstant, stringLiteral } from './ast.ts';
import { argument, constantArgument, type FunctionRewrite, macro, ZONED } from './context.ts';
import { fromJodaPattern, fromMysqlFormat } from './formats.ts';
import { isDate } from './intervals.ts';
import { addOrSubtract } from './operators.ts';
import { QueryError, refuse } from './refusal.ts';
import { typeOf } from './static-types.ts';

const UNITS = ['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];

function unit(args: Node[], name: string): string {
  const value = constantArgument(args, 0, name).toLowerCase();
  if (UNITS.includes(value)) return value;
  throw new QueryError('INVALID_FUNCTION_ARGUMENT', `'${value}' is not a valid unit of ${name}`);
}

/** An interval of `amount` units, as DuckDB makes it. */
function interval(name: string, amount: Node): Node {
  const times = (factor: number) => cast(call('*', [amount, integerConstant(factor)]), 'INTEGER');
  if (name === 'quarter') return call('to_months', [times(3)]);
  if (name === 'week') return call('to_days', [times(7)]);
  const type =
    { millisecond: 'DOUBLE', second: 'DOUBLE', minute: 'BIGINT', hour: 'BIGINT' }[name] ?? 'INTEGER';
  return call(`to_${name}s`, [cast(amount, type)]);
}

/** Now, to the millisecond as in Athena, the same throughout a query. */
export const nowConstant = (type: string, now: number): Node =>
  cast(cast(cast(stringConstant(new Date(now).toISOString()), 'TIMESTAMP'), ZONED), type);

/** A date or a timestamp as its wall clock; for a function of this name. */
const wallClock = (value: Node, name: string, place: string): Node =>
  macro('wall_clock', [argument(value, 'time', name, place)]);

const format = (name: string, translate: (format: string) => string): FunctionRewrite => ({
  arity: [2, 2],
  rewrite: (args, { placeOf }, node) =>
    call('strftime', [
      wallClock(args[0] as Node, name, placeOf(node)),
      stringConstant(translate(constantArgument(args, 1, name))),
    ]),
});

const parse = (name: string, translate: (format: string) => string, type: string): FunctionRewrite => ({
  arity: [2, 2],
  rewrite: (args, { nullOnFailure }) => {
    const [value] = args as [Node];
    const parser = nullOnFailure ? 'try_strptime' : 'strptime';
    return cast(call(parser, [value, stringConstant(translate(constantArgument(args, 1, name)))]), type);
  },
});

export const TIME_FUNCTIONS: Record<string, FunctionRewrite> = {
  now: { arity: [0, 0], rewrite: (_, { now }) => nowConstant(ZONED, now) },
  date_trunc: {
    arity: [2, 2],
    rewrite: (args, { placeOf }, node) => {
      const value = argument(args[1] as Node, 'time', 'date_trunc', placeOf(node));
      const parts = [stringConstant(unit(args, 'date_trunc')), value];
      return isDate(value) ? cast(call('date_trunc', parts), 'DATE') : macro('date_trunc', parts);
    },
  },
  date_add: {
    arity: [3, 3],
    rewrite: (args, { placeOf }, node) => {
      const [, amount, value] = args as [Node, Node, Node];
      const step = interval(unit(args, 'date_add'), amount);
      return addOrSubtract('+', argument(value, 'time', 'date_add', placeOf(node)), step, placeOf(node));
    },
  },
  date_diff: {
    // Full units, not boundaries crossed: DuckDB calls that date_sub.
    arity: [3, 3],
    rewrite: (args, { placeOf }, node) => {
      const ends = args.slice(1).map((end) => argument(end, 'time', 'date_diff', placeOf(node)));
      return call('date_sub', [stringConstant(unit(args, 'date_diff')), ...ends]);
    },
  },
  date_format: format('date_format', fromMysqlFormat),
  format_datetime: format('format_datetime', fromJodaPattern),
  date_parse: parse('date_parse', fromMysqlFormat, 'TIMESTAMP'),
  parse_datetime: parse('parse_datetime', fromJodaPattern, ZONED),
  from_iso8601_timestamp: {
    arity: [1, 1],
    rewrite: (args, { instant, wallClock, nullOnFailure }) => {
      const kind = instant ? 'instant' : wallClock ? 'wall_clock' : 'timestamp';
      return macro(`from_iso8601_${kind}${nullOnFailure ? '_or_null' : ''}`, args);
    },
  },
  from_iso8601_date: { arity: [1, 1], rewrite: (args) => cast(macro('from_iso8601_date', args), 'DATE') },
  /** `x AT TIME ZONE z` comes here too. */
  at_timezone: {
    arity: [2, 2],
    rewrite: (args, context, node) => {
      const [value, zone] = args as [Node, Node];
      const instant =
        typeOf(value) === ZONED
          ? value
          : macro('instant', [argument(value, 'time', 'at_timezone', context.placeOf(node))]);
      if (stringLiteral(zone) === 'UTC' || context.instant) return instant;
      if (context.wallClock) return call('timezone', [zone, instant]);
      throw refuse(
        'a timestamp in a zone other than UTC as a result: wrap it in date_format(…) or CAST(… AS timestamp)',
      );
    },
  },
  with_timezone: {
    arity: [2, 2],
    rewrite: (args, context, node) => {
      const [value, zone] = args as [Node, Node];
      if (context.instant || stringLiteral(zone) === 'UTC')
        return call('timezone', [zone, wallClock(value, 'with_timezone', context.placeOf(node))]);
      throw refuse(
        'with_timezone as a result: only UTC is kept here, but it can be compared with timestamps',
      );
    },
  },
};

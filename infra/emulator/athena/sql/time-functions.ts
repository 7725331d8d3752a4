/** Functions of time. A timestamp here is of UTC always: what would show another zone is refused. */
import { call, cast, integerConstant, type Node, pathOf, stringConstant, stringLiteral } from './ast.ts';
import {
  argument,
  constantArgument,
  type FunctionRewrite,
  macro,
  type RewriteContext,
  ZONED,
} from './context.ts';
import { fromJodaPattern, fromMysqlFormat } from './formats.ts';
import { isDate } from './intervals.ts';
import { addOrSubtract } from './operators.ts';
import { QueryError, refuse } from './refusal.ts';
import { typeOf } from './static-types.ts';

const UNITS = ['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];
/** Those that a date has not. */
const OF_A_DAY = new Set(UNITS.slice(0, UNITS.indexOf('day')));

function unit(args: Node[], name: string): string {
  const value = constantArgument(args, 0, name).toLowerCase();
  if (UNITS.includes(value)) return value;
  throw new QueryError('INVALID_FUNCTION_ARGUMENT', `'${value}' is not a valid unit of ${name}`);
}

const notOfDate = (name: string) =>
  new QueryError('INVALID_FUNCTION_ARGUMENT', `'${name}' is not a valid DATE field`);

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

/** Joda's date where the text names none: 1970, or the year 2000 for what names a month or a day. */
function withYear(pattern: string): { pattern: string; before: string } {
  if (/%[Yy]/.test(pattern)) return { pattern, before: '' };
  const year = /%-?[mdbBjaAuV]/.test(pattern) ? '2000 ' : '1970 ';
  return { pattern: `%Y ${pattern}`, before: year };
}

const WHITE_SPACE = /^\s|\s$|\s\s/;

const parse = (name: string, translate: (format: string) => string, type: string): FunctionRewrite => ({
  arity: [2, 2],
  rewrite: (args, { nullOnFailure }) => {
    const [value] = args as [Node];
    const { pattern, before } = withYear(translate(constantArgument(args, 1, name)));
    const source = nullOnFailure ? 'parsed_text_or_null' : 'parsed_text';
    const read = WHITE_SPACE.test(pattern) ? value : macro(source, [value]);
    const whole = before === '' ? read : call('||', [stringConstant(before), read]);
    const time = call(nullOnFailure ? 'try_strptime' : 'strptime', [whole, stringConstant(pattern)]);
    const year = pattern.includes('%y') ? macro('two_digit_year', [time]) : time;
    return cast(/%[aA]/.test(pattern) ? macro('of_weekday', [year, value]) : year, type);
  },
});

/** What the consumer takes of an instant in this zone. */
function inZone(instant: Node, zone: Node, context: RewriteContext): Node {
  if (stringLiteral(zone) === 'UTC' || context.instant) return instant;
  if (context.wallClock) return call('timezone', [zone, instant]);
  throw refuse(
    'a timestamp in a zone other than UTC as a result: wrap it in date_format(…) or CAST(… AS timestamp)',
  );
}

export const TIME_FUNCTIONS: Record<string, FunctionRewrite> = {
  now: { arity: [0, 0], rewrite: (_, { now }) => nowConstant(ZONED, now) },
  date_trunc: {
    arity: [2, 2],
    rewrite: (args, { placeOf }, node) => {
      const value = argument(args[1] as Node, 'time', 'date_trunc', placeOf(node));
      const name = unit(args, 'date_trunc');
      const parts = [stringConstant(name), value];
      if (!isDate(value)) return macro('date_trunc', parts);
      if (!OF_A_DAY.has(name)) return cast(call('date_trunc', parts), 'DATE');
      throw notOfDate(name);
    },
  },
  date_add: {
    arity: [3, 3],
    rewrite: (args, { placeOf }, node) => {
      const [, amount, value] = args as [Node, Node, Node];
      const name = unit(args, 'date_add');
      if (isDate(value) && OF_A_DAY.has(name)) throw notOfDate(name);
      const step = interval(name, amount);
      return addOrSubtract('+', argument(value, 'time', 'date_add', placeOf(node)), step, placeOf(node));
    },
  },
  date_diff: {
    // Full units, not boundaries crossed: DuckDB calls that date_sub.
    arity: [3, 3],
    rewrite: (args, { placeOf }, node) => {
      const ends = args.slice(1).map((end) => argument(end, 'time', 'date_diff', placeOf(node)));
      const name = unit(args, 'date_diff');
      const parts = [stringConstant(name), ...ends];
      const dates = OF_A_DAY.has(name) && ends.every((end) => isDate(end) || typeOf(end) === undefined);
      return dates ? macro('date_diff_of_times', parts) : call('date_sub', parts);
    },
  },
  date_format: format('date_format', fromMysqlFormat),
  format_datetime: format('format_datetime', fromJodaPattern),
  date_parse: parse('date_parse', fromMysqlFormat, 'TIMESTAMP'),
  parse_datetime: parse('parse_datetime', fromJodaPattern, ZONED),
  from_iso8601_timestamp: {
    arity: [1, 1],
    rewrite: (args, { instant, wallClock, nullOnFailure, plainTime }) => {
      const kind = instant ? 'instant' : wallClock ? 'wall_clock' : 'timestamp';
      const known = plainTime !== undefined && plainTime === pathOf(args[0]) ? 'plain_' : '';
      return macro(`from_iso8601_${known}${kind}${nullOnFailure ? '_or_null' : ''}`, args);
    },
  },
  from_iso8601_date: { arity: [1, 1], rewrite: (args) => cast(macro('from_iso8601_date', args), 'DATE') },
  from_unixtime: {
    arity: [1, 2],
    rewrite: (args, context) => {
      const [seconds, zone] = args as [Node, Node?];
      const instant = macro('from_unixtime', [seconds]);
      return zone ? inZone(instant, zone, context) : instant;
    },
  },
  /** `x AT TIME ZONE z` comes here too. */
  at_timezone: {
    arity: [2, 2],
    rewrite: (args, context, node) => {
      const [value, zone] = args as [Node, Node];
      const instant =
        typeOf(value) === ZONED
          ? value
          : macro('instant', [argument(value, 'time', 'at_timezone', context.placeOf(node))]);
      return inZone(instant, zone, context);
    },
  },
  with_timezone: {
    arity: [2, 2],
    rewrite: (args, context, node) => {
      const [value, zone] = args as [Node, Node];
      if (context.instant || stringLiteral(zone) === 'UTC')
        return macro('with_timezone', [wallClock(value, 'with_timezone', context.placeOf(node)), zone]);
      throw refuse(
        'with_timezone as a result: only UTC is kept here, but it can be compared with timestamps',
      );
    },
  },
};

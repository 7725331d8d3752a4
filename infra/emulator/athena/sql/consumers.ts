/** Who takes a value, and what of it: only the wall clock of a timestamp, only its instant, only whether it is there. */
import { type Node, nodes, stringLiteral } from './ast.ts';
import type { RewriteContext } from './context.ts';
import { isMonths } from './intervals.ts';

/** Most consumers of a value want all of it. */
export const WHOLE: Partial<RewriteContext> = { wallClock: false, instant: false, nullOnFailure: false };
/** Comparisons, and what asks only whether there is a value. */
export const INSTANT: Partial<RewriteContext> = { ...WHOLE, instant: true };

/** Functions that read only the wall clock of a timestamp, and those that read only its instant. */
const WALL_CLOCK = new Set(
  `year quarter month week week_of_year day day_of_month hour minute second millisecond day_of_week dow day_of_year doy
   year_of_week yow date_format format_datetime date_part last_day_of_month`.split(/\s+/),
);
const OF_INSTANTS = new Set(['to_unixtime', 'timezone', 'at_timezone', 'count']);
/** Hours and less are the same in every zone; a day is one of the calendar of the first argument's zone. */
const OF_ALL_ZONES = new Set(['millisecond', 'second', 'minute', 'hour']);
/** Functions that give NULL for NULL, so that TRY around them may take it for a failure of what they take. */
const OF_NULL = new Set(['timezone', 'at_timezone']);

/** What the function takes of its arguments, which is for arithmetic what its own consumer takes. */
export function argumentContext(node: Node, name: string, context: RewriteContext): RewriteContext {
  const exact = nodes(node.children).every((child) => !isMonths(child));
  const arithmetic = node.is_operator === true && (name === '+' || name === '-') && exact;
  return {
    ...context,
    wallClock: WALL_CLOCK.has(name) || (name === 'date_trunc' && context.wallClock),
    instant: OF_INSTANTS.has(name) || isDifferenceOfInstants(node, name) || (arithmetic && context.instant),
    nullOnFailure: OF_NULL.has(name) && context.nullOnFailure,
  };
}

const isDifferenceOfInstants = (node: Node, name: string): boolean =>
  name === 'date_diff' && OF_ALL_ZONES.has((stringLiteral(nodes(node.children)[0]) ?? '').toLowerCase());

/** What the lake knows of one device besides its values: numbers that are missing, and readings that were refused. */
import { z } from 'zod';
import { instant } from '../../../../services/contract/lake-sql.ts';
import type { DeviceHistory, QueryAnswer } from '../page-answers.ts';
import { ask, type QueryContext } from './query-runner.ts';
import { isOf, type Span, type Statement, sentBetween } from './series-sql.ts';

const MAX_ROWS = 100;
/** A larger step is a new count, as in the saved query about lost readings. */
const LONGEST_GAP = 1_000_000_000;

const name = z.string().min(1).max(64);
const second = z.coerce.number().int().min(0);
export const deviceQuerySchema = z.strictObject({ site: name, device: name, from: second, to: second });
type DeviceQuery = z.infer<typeof deviceQuerySchema>;

/** Newest first: when it was between which numbers, and how many are missing. */
function gaps(readings: string, whose: DeviceQuery, span: Span): Statement {
  const own = isOf(whose);
  return {
    sql: `WITH sent AS (
  SELECT seq, ${instant('"timestamp"')} AS time
  FROM ${readings}
  WHERE ${sentBetween(span)}${own.sql}
), steps AS (
  SELECT seq, time,
         lag(seq) OVER (ORDER BY time, seq) AS before,
         lag(time) OVER (ORDER BY time, seq) AS since
  FROM sent
  WHERE to_unixtime(time) >= ${span.from} AND to_unixtime(time) < ${span.to}
    AND seq BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER}
)
SELECT to_unixtime(since) AS since, to_unixtime(time) AS time, before, seq, seq - before - 1 AS missing
FROM steps
WHERE seq - before BETWEEN 2 AND ${LONGEST_GAP}
ORDER BY time DESC
LIMIT ${MAX_ROWS}`,
    parameters: own.parameters,
  };
}

/** By verdict and reason, the latest first. */
function refusals(refused: string, whose: DeviceQuery, span: Span): Statement {
  const own = isOf(whose);
  return {
    sql: `WITH told AS (
  SELECT refusal_id, verdict, reason, advice, max(readings) AS readings,
         max(to_unixtime(${instant('"at"')})) AS at
  FROM ${refused}
  WHERE ${sentBetween(span)}${own.sql}
    AND refusal_id IS NOT NULL
  GROUP BY refusal_id, verdict, reason, advice
)
SELECT verdict, reason, advice, sum(readings) AS readings, max(at) AS at
FROM told
GROUP BY verdict, reason, advice
ORDER BY max(at) DESC
LIMIT ${MAX_ROWS}`,
    parameters: own.parameters,
  };
}

export async function readDevice(
  queries: QueryContext,
  tables: { readings: string; refused: string },
  query: DeviceQuery,
): Promise<DeviceHistory> {
  const run = ({ sql, parameters }: Statement) => ask(queries, sql, parameters, MAX_ROWS);
  const [missing, refused] = await Promise.all([
    run(gaps(tables.readings, query, query)),
    run(refusals(tables.refused, query, query)),
  ]);
  const problem = [missing, refused].find(({ state }) => state !== 'SUCCEEDED');
  const of = ({ columns, rows }: QueryAnswer) =>
    rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? ''])));
  return {
    gaps: of(missing).map(({ since, time, before, seq, missing: count }) => ({
      ...{ since: Number(since), until: Number(time), after: Number(before), before: Number(seq) },
      missing: Number(count),
    })),
    refused: of(refused).map(({ verdict = '', reason = '', advice = '', readings, at }) => ({
      ...{ verdict, reason, advice, readings: Number(readings), at: Number(at) },
    })),
    ...(problem && { problem: problem.reason ?? problem.state }),
  };
}

/** Runs SQL for the page through the same Athena API that every other client uses. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { splitDescription } from '../../../../services/contract/saved-query.ts';
import { queryDollars } from '../../../cli/athena-price.ts';
import { literal } from '../../../emulator/base/quote.ts';
import type { QueryAnswer, SavedQuery } from '../page-answers.ts';

/** `handle` of the local Athena. */
export type CallAthena = (operation: string, body: unknown) => Promise<object>;

/** Of an answer that a person reads. */
export const MAX_ROWS = 500;
/** Of a request; Athena gives no more. */
const MAX_PAGE_ROWS = 1_000;
/** Of a file. */
const MAX_CSV_ROWS = 200_000;
const POLL_MS = 20;
const LONGEST_MS = 120_000;

const startSchema = z.object({ QueryExecutionId: z.string() });
const executionSchema = z.object({
  QueryExecution: z.object({
    StatementType: z.string(),
    Status: z.object({
      State: z.enum(['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED']),
      StateChangeReason: z.string().optional(),
    }),
    Statistics: z.object({ DataScannedInBytes: z.number(), TotalExecutionTimeInMillis: z.number() }),
  }),
});
const resultSchema = z.object({
  NextToken: z.string().optional(),
  ResultSet: z.object({
    Rows: z.array(z.object({ Data: z.array(z.object({ VarCharValue: z.string().optional() })) })),
    ResultSetMetadata: z.object({ ColumnInfo: z.array(z.object({ Name: z.string(), Type: z.string() })) }),
  }),
});
const listSchema = z.object({ NamedQueryIds: z.array(z.string()) });
const namedSchema = z.object({
  NamedQueries: z.array(
    z.object({ Name: z.string(), Description: z.string().default(''), QueryString: z.string() }),
  ),
});

export interface QueryContext {
  call: CallAthena;
  workGroup: string;
  database: string;
  /** How often it is asked whether a query is done; Athena on AWS counts requests. */
  pollMs?: number;
}

export async function savedQueries({ call, workGroup }: QueryContext): Promise<SavedQuery[]> {
  const { NamedQueryIds } = listSchema.parse(await call('ListNamedQueries', { WorkGroup: workGroup }));
  if (NamedQueryIds.length === 0) return [];
  const { NamedQueries } = namedSchema.parse(await call('BatchGetNamedQuery', { NamedQueryIds }));
  return NamedQueries.map(({ Name, Description, QueryString }) => {
    const { text, parameters } = splitDescription(Description);
    return { name: Name, description: text, sql: QueryString, parameters };
  });
}

/**
 * Runs one statement to its end. Errors in it are a FAILED answer, and not thrown.
 * @param parameters values of its `?`, as text
 */
export async function runQuery(
  context: QueryContext,
  sql: string,
  parameters: readonly string[] = [],
): Promise<QueryAnswer> {
  const answer = await ask(context, sql, parameters, MAX_ROWS);
  const isCounted = answer.state === 'SUCCEEDED' && answer.isSelect;
  const files = isCounted ? await countFiles(context, sql, parameters).catch(() => undefined) : undefined;
  const { isSelect: _, ...shown } = answer;
  return { ...shown, files };
}

/** Likewise, with more rows and without looking at the plan. @param parameters values of its `?`, as text */
export async function ask(
  context: QueryContext,
  sql: string,
  parameters: readonly string[],
  maxRows: number,
): Promise<QueryAnswer & { isSelect: boolean }> {
  try {
    const { id, execution } = await execute(context, sql, parameters);
    const { Status, Statistics, StatementType } = execution;
    const scannedBytes = Statistics.DataScannedInBytes;
    // Athena bills neither DDL nor queries that failed.
    const billed = StatementType === 'DML' && Status.State !== 'FAILED';
    const isSelect = StatementType === 'DML';
    const answer = {
      id,
      isSelect,
      state: Status.State as QueryAnswer['state'],
      reason: Status.StateChangeReason,
      columns: [],
      rows: [],
      more: false,
      scannedBytes,
      milliseconds: Statistics.TotalExecutionTimeInMillis,
      cost: billed ? queryDollars(scannedBytes) : 0,
    };
    if (Status.State !== 'SUCCEEDED') return answer;
    return { ...answer, ...(await firstRows(context.call, id, isSelect, maxRows)) };
  } catch (error) {
    return {
      ...{ state: 'FAILED', reason: (error as Error).message, columns: [], rows: [], more: false },
      ...{ scannedBytes: 0, milliseconds: 0, cost: 0, isSelect: false },
    };
  }
}

async function execute(
  { call, workGroup, database, pollMs = POLL_MS }: QueryContext,
  sql: string,
  parameters: readonly string[],
) {
  const { QueryExecutionId } = startSchema.parse(
    await call('StartQueryExecution', {
      QueryString: sql,
      WorkGroup: workGroup,
      QueryExecutionContext: { Database: database },
      // Athena takes a parameter as SQL, so text has to be quoted.
      ...(parameters.length > 0 && { ExecutionParameters: parameters.map(literal) }),
    }),
  );
  const deadline = performance.now() + LONGEST_MS;
  for (;;) {
    const { QueryExecution } = executionSchema.parse(await call('GetQueryExecution', { QueryExecutionId }));
    const { State } = QueryExecution.Status;
    if (State !== 'QUEUED' && State !== 'RUNNING') return { id: QueryExecutionId, execution: QueryExecution };
    if (performance.now() > deadline) await call('StopQueryExecution', { QueryExecutionId });
    await sleep(pollMs);
  }
}

async function firstRows(call: CallAthena, id: string, hasHeader: boolean, maxRows: number) {
  const rows: (string | null)[][] = [];
  let token: string | undefined;
  let columns: QueryAnswer['columns'] = [];
  // With the header, so that one request is enough for what a person reads.
  const MaxResults = Math.min(maxRows + 1, MAX_PAGE_ROWS);
  do {
    const results = resultSchema.parse(
      await call('GetQueryResults', { QueryExecutionId: id, MaxResults, NextToken: token }),
    );
    const { Rows, ResultSetMetadata } = results.ResultSet;
    columns = ResultSetMetadata.ColumnInfo.map(({ Name, Type }) => ({ name: Name, type: Type }));
    const data = token === undefined && hasHeader ? Rows.slice(1) : Rows;
    rows.push(...data.map(({ Data }) => Data.map(({ VarCharValue }) => VarCharValue ?? null)));
    token = results.NextToken;
  } while (token !== undefined && rows.length < maxRows);
  return { columns, rows: rows.slice(0, maxRows), more: token !== undefined || rows.length > maxRows };
}

/** All rows of an execution as CSV, up to a limit. @throws Error what Athena says where there is none */
export async function resultCsv({ call }: Pick<QueryContext, 'call'>, id: string): Promise<string> {
  const { columns, rows } = await firstRows(call, id, true, MAX_CSV_ROWS);
  const isText = columns.map(({ type }) => TEXT.test(type));
  const shown = rows.map((row) => row.map((value, i) => (isText[i] ? inert(value) : value)));
  const lines = [columns.map(({ name }) => inert(name)), ...shown];
  return lines.map((line) => `${line.map(csvCell).join(',')}\r\n`).join('');
}

const TEXT = /^(?:varchar|char|string)/;

/** A spreadsheet would take such a text for a formula, and devices and people write texts. */
const inert = (value: string | null) => (value !== null && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value);

/** As in RFC 4180. NULL is an empty cell, an empty text is quoted: `""`. */
const csvCell = (value: string | null) =>
  value === null ? '' : value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

/** The API does not say how many objects a query opens, but its plan does. */
async function countFiles(
  context: QueryContext,
  sql: string,
  parameters: readonly string[],
): Promise<number | undefined> {
  const { id, execution } = await execute(context, `EXPLAIN ${sql}`, parameters);
  if (execution.Status.State !== 'SUCCEEDED') return undefined;
  const { rows } = await firstRows(context.call, id, false, MAX_ROWS);
  const files = /^Files: (\d+)$/.exec(rows.flat().find((line) => line?.startsWith('Files: ')) ?? '')?.[1];
  return files === undefined ? undefined : Number(files);
}

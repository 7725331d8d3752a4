/** A client of Athena for the commands: saved queries, and statements from their start to the last row. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AthenaClient,
  BatchGetNamedQueryCommand,
  GetQueryExecutionCommand,
  type GetQueryResultsCommandOutput,
  type NamedQuery,
  paginateGetQueryResults,
  paginateListNamedQueries,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { formatDuration } from '../../services/contract/duration.ts';
import type { SavedQuery } from '../../services/contract/saved-query.ts';
import { type AwsContext, explainAws } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';
import type { StackOutputs } from './outputs.ts';
import { UserError } from './user-error.ts';

export interface Column {
  name: string;
  /** Athena's type name, such as `bigint`. */
  type: string;
}

export interface QueryResult {
  columns: Column[];
  /** Values as Athena prints them; null for NULL. */
  rows: (string | null)[][];
  /** Undefined where Athena does not bill: SHOW, DESCRIBE. */
  scannedBytes: number | undefined;
  durationMs: number;
}

const MAX_ATTEMPTS = 2;
const FIRST_POLL_MS = 15;
const LAST_POLL_MS = 500;
/** Athena's own limit for a query is half an hour, unless the account has another. */
const LONGEST_MS = 30 * 60_000;

export class Athena {
  readonly #client: AthenaClient;
  readonly #workGroup: string;
  readonly #database: string;
  readonly #context: AwsContext;
  readonly #longestMs: number;

  constructor(outputs: StackOutputs, longestMs = LONGEST_MS) {
    this.#client = new AthenaClient({ ...clientOptions(outputs), maxAttempts: MAX_ATTEMPTS });
    this.#workGroup = outputs.WorkGroupName;
    this.#database = outputs.DatabaseName;
    this.#context = {
      service: 'Athena',
      endpoint: outputs.Endpoint,
      denied: 'These credentials may not query',
      missing: [
        {
          when: /WorkGroup .*not found/i,
          what: `The workgroup ${outputs.WorkGroupName} is not there (any more).`,
        },
      ],
    };
    this.#longestMs = longestMs;
  }

  close(): void {
    this.#client.destroy();
  }

  /** Saved queries of the stack's workgroup, by name. */
  savedQueries(): Promise<SavedQuery[]> {
    return this.#explained(async () => {
      const found: NamedQuery[] = [];
      const pages = paginateListNamedQueries(
        { client: this.#client, pageSize: 50 },
        { WorkGroup: this.#workGroup },
      );
      for await (const { NamedQueryIds } of pages) {
        if (!NamedQueryIds?.length) continue;
        const batch = await this.#client.send(new BatchGetNamedQueryCommand({ NamedQueryIds }));
        found.push(...(batch.NamedQueries ?? []));
      }
      return found
        .map(({ Name: name = '', Description: description = '', QueryString: sql = '' }) => ({
          ...{ name, description, sql },
        }))
        .sort((a, b) => a.name.localeCompare(b.name));
    });
  }

  /**
   * Runs a query to its end.
   * @param signal aborting it stops the query in Athena too
   * @param onRows told after each page how many rows have come
   * @throws UserError with Athena's reason where it failed
   */
  run(
    sql: string,
    parameters: string[],
    signal: AbortSignal,
    onRows: (rows: number) => void = () => {},
  ): Promise<QueryResult> {
    return this.#explained(async () => {
      const { QueryExecutionId } = await this.#client.send(
        new StartQueryExecutionCommand({
          QueryString: sql,
          WorkGroup: this.#workGroup,
          QueryExecutionContext: { Database: this.#database },
          ...(parameters.length > 0 ? { ExecutionParameters: parameters } : {}),
        }),
      );
      const execution = await this.#finished(QueryExecutionId ?? '', signal);
      const state = execution.Status?.State;
      if (state !== 'SUCCEEDED') {
        throw new UserError(`Athena: ${state} ${execution.Status?.StateChangeReason ?? ''}`.trimEnd());
      }
      return { ...(await this.#results(execution, signal, onRows)), ...statistics(execution) };
    });
  }

  async #finished(id: string, signal: AbortSignal): Promise<QueryExecution> {
    const timeout = AbortSignal.timeout(this.#longestMs);
    const stop = AbortSignal.any([signal, timeout]);
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 1.5, LAST_POLL_MS)) {
      const { QueryExecution } = await this.#client.send(
        new GetQueryExecutionCommand({ QueryExecutionId: id }),
      );
      const state = QueryExecution?.Status?.State;
      if (QueryExecution && state !== 'QUEUED' && state !== 'RUNNING') return QueryExecution;
      if (stop.aborted) {
        await this.#client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
        throw new UserError(
          signal.aborted
            ? 'Stopped.'
            : `Athena took longer than ${formatDuration(this.#longestMs)}. Stopped.`,
        );
      }
      // Rejects when it is aborted; the next round sees that.
      await sleep(wait, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  async #results(
    { QueryExecutionId, StatementType }: QueryExecution,
    signal: AbortSignal,
    onRows: (rows: number) => void,
  ) {
    const rows: QueryResult['rows'] = [];
    let columns: Column[] = [];
    for await (const { ResultSet } of paginateGetQueryResults(
      { client: this.#client },
      { QueryExecutionId },
    )) {
      columns = columnsOf(ResultSet) ?? columns;
      for (const { Data = [] } of ResultSet?.Rows ?? []) {
        rows.push(Data.map(({ VarCharValue }) => VarCharValue ?? null));
      }
      onRows(rows.length);
      if (signal.aborted) throw new UserError('Stopped.');
    }
    // Only a SELECT begins with a row of column names.
    if (StatementType === 'DML') rows.shift();
    return { columns, rows };
  }

  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainAws(error, this.#context);
    }
  }
}

const columnsOf = (result: GetQueryResultsCommandOutput['ResultSet']): Column[] | undefined =>
  result?.ResultSetMetadata?.ColumnInfo?.map(({ Name: name = '', Type: type = '' }) => ({ name, type }));

function statistics(execution: QueryExecution): Pick<QueryResult, 'scannedBytes' | 'durationMs'> {
  const billed = execution.StatementType === 'DML';
  return {
    scannedBytes: billed ? (execution.Statistics?.DataScannedInBytes ?? 0) : undefined,
    durationMs: execution.Statistics?.TotalExecutionTimeInMillis ?? 0,
  };
}

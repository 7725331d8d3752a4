/** Athena as the query command uses it: saved queries, and a query from start to last row. Plain AWS SDK. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AthenaClient,
  BatchGetNamedQueryCommand,
  type ColumnInfo,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type NamedQuery,
  paginateListNamedQueries,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import type { StackOutputs } from './outputs.ts';

/** A problem that the person at the keyboard can mend. */
export class QueryCommandError extends Error {}

export interface SavedQuery {
  name: string;
  description: string;
  sql: string;
}

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

const FIRST_POLL_MS = 15;
const LAST_POLL_MS = 500;

export class Athena {
  readonly #client: AthenaClient;
  readonly #outputs: StackOutputs;
  readonly #local: boolean;

  constructor(outputs: StackOutputs, local: boolean) {
    if (local && !outputs.Endpoint) {
      throw new QueryCommandError(
        'The local outputs name no Endpoint. Start the local runtime anew with: npm start',
      );
    }
    this.#outputs = outputs;
    this.#local = local;
    this.#client = new AthenaClient({
      region: outputs.Region,
      maxAttempts: 2,
      ...(local && outputs.Endpoint
        ? { endpoint: outputs.Endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
        : {}),
    });
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
        { WorkGroup: this.#outputs.WorkGroupName },
      );
      for await (const { NamedQueryIds } of pages) {
        if (!NamedQueryIds?.length) continue;
        const batch = await this.#client.send(new BatchGetNamedQueryCommand({ NamedQueryIds }));
        found.push(...(batch.NamedQueries ?? []));
      }
      return found
        .map(({ Name = '', Description = '', QueryString = '' }) => ({
          name: Name,
          description: Description,
          sql: QueryString,
        }))
        .sort((a, b) => a.name.localeCompare(b.name));
    });
  }

  /**
   * Runs a query to its end.
   * @param signal aborting it stops the query in Athena too
   * @throws QueryCommandError with Athena's reason where it failed
   */
  run(sql: string, parameters: string[], signal: AbortSignal): Promise<QueryResult> {
    return this.#explained(async () => {
      const { QueryExecutionId } = await this.#client.send(
        new StartQueryExecutionCommand({
          QueryString: sql,
          WorkGroup: this.#outputs.WorkGroupName,
          QueryExecutionContext: { Database: this.#outputs.DatabaseName },
          ...(parameters.length > 0 ? { ExecutionParameters: parameters } : {}),
        }),
      );
      const execution = await this.#finished(QueryExecutionId ?? '', signal);
      const state = execution.Status?.State;
      if (state !== 'SUCCEEDED') {
        throw new QueryCommandError(
          `Athena: ${state} ${execution.Status?.StateChangeReason ?? ''}`.trimEnd(),
        );
      }
      return { ...(await this.#results(execution)), ...statistics(execution) };
    });
  }

  async #finished(id: string, signal: AbortSignal): Promise<QueryExecution> {
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 1.5, LAST_POLL_MS)) {
      const { QueryExecution } = await this.#client.send(
        new GetQueryExecutionCommand({ QueryExecutionId: id }),
      );
      const state = QueryExecution?.Status?.State;
      if (QueryExecution && state !== 'QUEUED' && state !== 'RUNNING') return QueryExecution;
      if (signal.aborted) {
        await this.#client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
        throw new QueryCommandError('Stopped.');
      }
      // Rejects when it is aborted; the next round sees that.
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  async #results(execution: QueryExecution): Promise<Pick<QueryResult, 'columns' | 'rows'>> {
    const rows: QueryResult['rows'] = [];
    let info: ColumnInfo[] = [];
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new GetQueryResultsCommand({
          QueryExecutionId: execution.QueryExecutionId,
          ...(token ? { NextToken: token } : {}),
        }),
      );
      info = page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? info;
      for (const { Data = [] } of page.ResultSet?.Rows ?? []) {
        rows.push(Data.map(({ VarCharValue }) => VarCharValue ?? null));
      }
      token = page.NextToken;
    } while (token);
    // Only a SELECT begins with a row of column names.
    if (execution.StatementType === 'DML') rows.shift();
    return { columns: info.map(({ Name = '', Type = '' }) => ({ name: Name, type: Type })), rows };
  }

  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof QueryCommandError) throw error;
      throw new QueryCommandError(this.#explain(error), { cause: error });
    }
  }

  /** The fix for what commonly goes wrong. */
  #explain(error: unknown): string {
    const { name, message, code } = error as Error & { code?: string };
    if (this.#local && (code === 'ECONNREFUSED' || code === 'ECONNRESET')) {
      return `The local runtime does not answer at ${this.#outputs.Endpoint}. Start it with: npm start`;
    }
    if (code) return `Athena does not answer (${code}). Is this machine online?`;
    switch (name) {
      case 'CredentialsProviderError':
        return 'No AWS credentials found. Sign in (aws configure, aws sso login) or set AWS_PROFILE.';
      case 'ExpiredToken':
      case 'ExpiredTokenException':
        return 'Your AWS session has expired. Sign in again, for example with: aws sso login';
      case 'UnrecognizedClientException':
      case 'InvalidSignatureException':
        return 'AWS does not know these credentials. Check AWS_PROFILE, or sign in again: aws configure';
      case 'AccessDeniedException':
        return `These credentials may not query: ${message}`;
    }
    if (/WorkGroup .*not found/i.test(message)) {
      const again = this.#local ? 'Restart: npm start' : 'Deploy again: npm run deploy';
      return `The workgroup ${this.#outputs.WorkGroupName} is not there (any more). ${again}`;
    }
    return `Athena refused: ${message || name}`;
  }
}

function statistics(execution: QueryExecution): Pick<QueryResult, 'scannedBytes' | 'durationMs'> {
  const billed = execution.StatementType === 'DML';
  return {
    scannedBytes: billed ? (execution.Statistics?.DataScannedInBytes ?? 0) : undefined,
    durationMs: execution.Statistics?.TotalExecutionTimeInMillis ?? 0,
  };
}

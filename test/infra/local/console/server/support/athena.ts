/** An Athena that gives every statement the same answer, and keeps what it was asked. */
import type { QueryContext } from '../../../../../../infra/local/console/server/query-runner.ts';

export type Row = readonly (string | null | undefined)[];

/** @param state how every statement ends */
export function athenaOf(columns: readonly string[], rows: readonly Row[], state = 'SUCCEEDED') {
  const asked: { sql: string; parameters: string[] }[] = [];
  const call = async (operation: string, body: unknown): Promise<object> => {
    if (operation === 'StartQueryExecution') {
      const { QueryString: sql, ExecutionParameters: parameters = [] } = body as {
        QueryString: string;
        ExecutionParameters?: string[];
      };
      asked.push({ sql, parameters });
      return { QueryExecutionId: 'q' };
    }
    if (operation === 'GetQueryExecution')
      return {
        QueryExecution: {
          ...{ StatementType: 'DML', Status: { State: state, StateChangeReason: 'TABLE_NOT_FOUND' } },
          Statistics: { DataScannedInBytes: 12_000, TotalExecutionTimeInMillis: 1 },
        },
      };
    const data = (row: Row) => ({ Data: row.map((value) => ({ VarCharValue: value ?? undefined })) });
    return {
      ResultSet: {
        Rows: [columns, ...rows].map(data),
        ResultSetMetadata: { ColumnInfo: columns.map((Name) => ({ Name, Type: 'varchar' })) },
      },
    };
  };
  return { asked, queries: { call, workGroup: 'w', database: 'd' } satisfies QueryContext };
}

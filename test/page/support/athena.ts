/** An Athena with saved queries and the answers that a test gives them. */
import type { AthenaCall } from './console.ts';

export interface FakeQuery {
  name: string;
  sql: string;
  /** Named in the description, as saved queries do. */
  parameters?: string[];
  columns?: string[];
  rows?: string[][];
  /** Fails with it. */
  reason?: string;
  /** The answer comes when this resolves. */
  until?: Promise<void>;
}

const row = (values: readonly string[]) => ({ Data: values.map((VarCharValue) => ({ VarCharValue })) });

/** @param queries those that are started are found by their SQL; each answers with one row unless it says otherwise */
export function fakeAthena(queries: readonly FakeQuery[]): AthenaCall {
  const describe = ({ name, sql, parameters = [] }: FakeQuery) => ({
    ...{ Name: name, QueryString: sql },
    Description: `About ${name}.${parameters.length > 0 ? ` Parameter: ${parameters.join(', ')}` : ''}`,
  });
  const find = (id: unknown) => queries.find(({ sql }) => sql === id);
  return async (operation, body) => {
    const query = find(body.QueryExecutionId);
    switch (operation) {
      case 'ListNamedQueries':
        return { NamedQueryIds: queries.map(({ name }) => name) };
      case 'BatchGetNamedQuery':
        return { NamedQueries: queries.map(describe) };
      case 'StartQueryExecution':
        return { QueryExecutionId: body.QueryString };
      case 'GetQueryExecution': {
        await query?.until;
        const State = query && !query.reason ? 'SUCCEEDED' : 'FAILED';
        return {
          QueryExecution: {
            ...{ StatementType: 'DML', Status: { State, StateChangeReason: query?.reason ?? 'no plan' } },
            Statistics: { DataScannedInBytes: 1, TotalExecutionTimeInMillis: 1 },
          },
        };
      }
      default: {
        const { columns = ['name'], rows = [[query?.name ?? '']] } = query ?? {};
        const ColumnInfo = columns.map((Name) => ({ Name, Type: Name === 'value' ? 'double' : 'varchar' }));
        return {
          ResultSet: { Rows: [row(columns), ...rows.map(row)], ResultSetMetadata: { ColumnInfo } },
        };
      }
    }
  };
}

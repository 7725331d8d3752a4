import { AwsError } from '../wire/aws-error.ts';
import { makeToken, parseToken } from '../wire/json-operation.ts';
import { type Execution, isOver } from './execution.ts';
import { readRows } from './query/result-reader.ts';
import type { ColumnInfo, Row } from './query/results.ts';

/**
 * A page of at most `size` rows. The first row of a SELECT's first page is the header, which counts as one of them.
 * @throws AwsError while there is no result
 */
export async function resultPage(
  execution: Execution,
  size: number,
  token: string | undefined,
): Promise<object> {
  if (!isOver(execution)) {
    throw new AwsError(
      'InvalidRequestException',
      `Query has not yet finished. Current state: ${execution.state}`,
    );
  }
  const { result } = execution;
  if (!result || execution.state !== 'SUCCEEDED') {
    throw new AwsError(
      'InvalidRequestException',
      `Query did not finish successfully. Final query state: ${execution.state}`,
    );
  }
  const header = execution.statement.type === 'DML' ? 1 : 0;
  // Tokens count the header as a row.
  const from = parseToken(execution.id, token);
  const rows = await readRows(result, Math.max(0, from - header), from === 0 ? size - header : size);
  const shown = from === 0 && header === 1 ? [result.columns.map(({ name }) => name), ...rows] : rows;
  const to = from + shown.length;
  return {
    UpdateCount: 0,
    ResultSet: {
      Rows: shown.map((row) => ({ Data: data(row) })),
      ResultSetMetadata: { ColumnInfo: result.columns.map(columnInfo) },
    },
    NextToken: to < result.rows + header ? makeToken(execution.id, to) : undefined,
  };
}

/** NULL is a datum without a value. */
const data = (row: Row) => row.map((value) => (value === null ? {} : { VarCharValue: value }));

const columnInfo = ({ name, type, precision, scale }: ColumnInfo) => ({
  CatalogName: 'hive',
  SchemaName: '',
  TableName: '',
  Name: name,
  Label: name,
  Type: type,
  Precision: precision,
  Scale: scale,
  Nullable: 'UNKNOWN',
  CaseSensitive: type === 'varchar',
});

/** What IAM is asked for each operation of Athena. What a statement reads and writes is not asked here. */
import { arnOf } from '../stack/identities.ts';
import { type AccessTable, type Fields, type Need, on, textOf } from '../wire/access.ts';

export interface Lookup {
  /** Name of the workgroup of an execution, or of a named query; undefined where there is none of this id. */
  workGroupOf(id: string): string | undefined;
}

const CATALOG = arnOf('athena', 'datacatalog/AwsDataCatalog');
const workGroupArn = (name: string) => arnOf('athena', `workgroup/${name}`);

export function athenaAccess({ workGroupOf }: Lookup): AccessTable<Fields> {
  const inWorkGroup = (operation: string) => (request: Fields) =>
    on(`athena:${operation}`, workGroupArn(textOf(request, 'WorkGroup') || 'primary'));
  const ofId = (operation: string, member: string) => (request: Fields) =>
    on(`athena:${operation}`, workGroupArn(workGroupOf(textOf(request, member)) ?? 'primary'));
  const ofIds = (operation: string, member: string) => (request: Fields) => {
    const ids = request[member];
    const names = (Array.isArray(ids) ? ids : []).map((id) => workGroupOf(String(id)) ?? 'primary');
    return [...new Set(names)].flatMap((name) => on(`athena:${operation}`, workGroupArn(name)));
  };
  const inCatalog =
    (operation: string, ...glue: string[]) =>
    (request: Fields): Need[] => [
      ...on(`athena:${operation}`, CATALOG),
      ...glue.flatMap((action) => catalogArns(request).flatMap((arn) => on(action, arn))),
    ];
  return {
    StartQueryExecution: inWorkGroup('StartQueryExecution'),
    GetQueryExecution: ofId('GetQueryExecution', 'QueryExecutionId'),
    BatchGetQueryExecution: ofIds('BatchGetQueryExecution', 'QueryExecutionIds'),
    ListQueryExecutions: inWorkGroup('ListQueryExecutions'),
    StopQueryExecution: ofId('StopQueryExecution', 'QueryExecutionId'),
    GetQueryResults: ofId('GetQueryResults', 'QueryExecutionId'),
    ListWorkGroups: () => on('athena:ListWorkGroups', '*'),
    GetWorkGroup: inWorkGroup('GetWorkGroup'),
    ListNamedQueries: inWorkGroup('ListNamedQueries'),
    GetNamedQuery: ofId('GetNamedQuery', 'NamedQueryId'),
    BatchGetNamedQuery: ofIds('BatchGetNamedQuery', 'NamedQueryIds'),
    ListDataCatalogs: () => on('athena:ListDataCatalogs', '*'),
    GetDataCatalog: () => on('athena:GetDataCatalog', CATALOG),
    ListDatabases: inCatalog('ListDatabases', 'glue:GetDatabases'),
    GetDatabase: inCatalog('GetDatabase', 'glue:GetDatabase'),
    ListTableMetadata: inCatalog('ListTableMetadata', 'glue:GetTables'),
    GetTableMetadata: inCatalog('GetTableMetadata', 'glue:GetTable'),
  };
}

/** The catalog asks about itself, the database and the table. */
function catalogArns(request: Fields): string[] {
  const [database, table] = [textOf(request, 'DatabaseName'), textOf(request, 'TableName')];
  return [
    arnOf('glue', 'catalog'),
    ...(database === '' ? [] : [arnOf('glue', `database/${database}`)]),
    ...(table === '' ? [] : [arnOf('glue', `table/${database}/${table}`)]),
  ];
}

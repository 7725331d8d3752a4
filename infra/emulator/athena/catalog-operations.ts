/** The catalog in Athena's API, as SQL clients show it. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CatalogTable } from '../glue/catalog.ts';
import { nameFilter } from '../glue/name-filter.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type Operations, operation, page } from '../wire/json-operation.ts';
import { checkCatalogOfRequest, DATA_CATALOG } from './query/data-catalog.ts';
import { findTable } from './query/tables.ts';

const inCatalog = z.object({ CatalogName: z.string() });
const inDatabase = inCatalog.extend({ DatabaseName: z.string() });
const listing = { MaxResults: z.number().int().max(50).default(50), NextToken: z.string().optional() };

export function catalogOperations(tables: CatalogTable[]): Operations {
  const databases = [...new Set(tables.map((table) => table.database))].sort();
  const checkDatabase = ({ CatalogName, DatabaseName }: z.infer<typeof inDatabase>) => {
    checkCatalogOfRequest(CatalogName);
    if (!databases.includes(DatabaseName)) throw notFound(`Database ${DatabaseName}`);
  };
  return {
    ListDataCatalogs: operation(z.object({}), () => ({
      DataCatalogsSummary: [{ CatalogName: DATA_CATALOG, Type: 'GLUE' }],
    })),
    GetDataCatalog: operation(z.object({ Name: z.string() }), ({ Name }) => {
      checkCatalogOfRequest(Name);
      return { DataCatalog: { Name: DATA_CATALOG, Type: 'GLUE' } };
    }),
    ListDatabases: operation(inCatalog.extend(listing), ({ CatalogName, MaxResults, NextToken }) => {
      checkCatalogOfRequest(CatalogName);
      const { items, next } = page('ListDatabases', databases, MaxResults, NextToken);
      return { DatabaseList: items.map((Name) => ({ Name })), NextToken: next };
    }),
    GetDatabase: operation(inDatabase, (request) => {
      checkDatabase(request);
      return { Database: { Name: request.DatabaseName } };
    }),
    ListTableMetadata: operation(
      inDatabase.extend({ ...listing, Expression: z.string().max(256).default('') }),
      (request) => {
        checkDatabase(request);
        const matches = nameFilter(request.Expression);
        const own = tables.filter(({ database, name }) => database === request.DatabaseName && matches(name));
        const list = `ListTableMetadata ${request.DatabaseName} ${request.Expression}`;
        const { items, next } = page(list, own.map(tableMetadata), request.MaxResults, request.NextToken);
        return { TableMetadataList: items, NextToken: next };
      },
    ),
    GetTableMetadata: operation(inDatabase.extend({ TableName: z.string() }), (request) => {
      checkDatabase(request);
      const table = findTable(tables, request.DatabaseName, request.TableName);
      if (!table) throw notFound(`Table ${request.DatabaseName}.${request.TableName}`);
      return { TableMetadata: tableMetadata(table) };
    }),
  };
}

/** Clients read from the words in parentheses what the catalog behind Athena said. */
const notFound = (what: string) =>
  new AwsError(
    'MetadataException',
    `EntityNotFoundException: ${what} not found. (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: ${randomUUID()}; Proxy: null)`,
  );

const columns = (list: CatalogTable['columns']) =>
  list.map(({ name, type, comment }) => ({ Name: name, Type: type, Comment: comment }));

const tableMetadata = (table: CatalogTable) => ({
  Name: table.name,
  TableType: 'EXTERNAL_TABLE',
  Columns: columns(table.columns),
  PartitionKeys: columns(table.partitionKeys),
  Parameters: { ...table.parameters, location: table.location },
});

/** The catalog in Athena's API, as SQL clients show it. */
import { z } from 'zod';
import type { CatalogTable } from '../glue/catalog.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type Operations, operation, page } from '../wire/json-operation.ts';
import { findTable } from './query/tables.ts';

const CATALOG = 'AwsDataCatalog';

export function catalogOperations(tables: CatalogTable[]): Operations {
  const databases = [...new Set(tables.map((table) => table.database))].sort();
  const listing = z.object({
    CatalogName: z.string(),
    MaxResults: z.number().int().max(50).default(50),
    NextToken: z.string().optional(),
  });
  return {
    ListDataCatalogs: operation(z.object({}), () => ({
      DataCatalogsSummary: [{ CatalogName: CATALOG, Type: 'GLUE' }],
    })),
    ListDatabases: operation(listing, (request) => {
      const { items, next } = page(databases, request.MaxResults, request.NextToken);
      return { DatabaseList: items.map((Name) => ({ Name })), NextToken: next };
    }),
    GetDatabase: operation(
      z.object({ CatalogName: z.string(), DatabaseName: z.string() }),
      ({ DatabaseName }) => {
        if (!databases.includes(DatabaseName)) throw notFound(`Database ${DatabaseName}`);
        return { Database: { Name: DatabaseName } };
      },
    ),
    ListTableMetadata: operation(listing.extend({ DatabaseName: z.string() }), (request) => {
      const own = tables.filter((table) => table.database === request.DatabaseName).map(tableMetadata);
      const { items, next } = page(own, request.MaxResults, request.NextToken);
      return { TableMetadataList: items, NextToken: next };
    }),
    GetTableMetadata: operation(
      z.object({ CatalogName: z.string(), DatabaseName: z.string(), TableName: z.string() }),
      ({ DatabaseName, TableName }) => {
        const table = findTable(tables, DatabaseName, TableName);
        if (!table) throw notFound(`Table ${DatabaseName}.${TableName}`);
        return { TableMetadata: tableMetadata(table) };
      },
    ),
  };
}

const notFound = (what: string) =>
  new AwsError('MetadataException', `EntityNotFoundException: ${what} not found.`);

const columns = (list: CatalogTable['columns']) =>
  list.map(({ name, type, comment }) => ({ Name: name, Type: type, Comment: comment }));

const tableMetadata = (table: CatalogTable) => ({
  Name: table.name,
  TableType: 'EXTERNAL_TABLE',
  Columns: columns(table.columns),
  PartitionKeys: columns(table.partitionKeys),
  Parameters: { ...table.parameters, location: table.location },
});

/** What clients of the Data Catalog read: databases and tables as the template defines them. Nothing is changed by it. */
import { z } from 'zod';
import { AwsError } from '../wire/aws-error.ts';
import { type JsonApi, type Operations, operation, page } from '../wire/json-operation.ts';
import { nameFilter } from './name-filter.ts';

/** In the form of the API. */
export interface Database {
  Name: string;
  CatalogId: string;
}
export interface Table {
  Name: string;
  DatabaseName: string;
  CatalogId: string;
}

const paging = {
  MaxResults: z.number().int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
};
const inDatabase = z.object({ DatabaseName: z.string() });

export const glueApi = (databases: Database[], tables: Table[]): JsonApi => ({
  title: 'Glue',
  operations: glueOperations(databases, tables),
  errors: { invalid: 'InvalidInputException', unknown: 'UnknownOperationException' },
});

/** Names are in small letters in Glue, however they are asked for. */
const isNamed = (wanted: string, name: string): boolean => wanted.toLowerCase() === name.toLowerCase();
const notFound = (what: string) => new AwsError('EntityNotFoundException', `${what} not found.`);

function glueOperations(databases: Database[], tables: Table[]): Operations {
  const databaseNamed = (wanted: string): Database => {
    const found = databases.find(({ Name }) => isNamed(wanted, Name));
    if (!found) throw notFound(`Database ${wanted}`);
    return found;
  };
  const tablesOf = (database: string): Table[] => {
    const { Name } = databaseNamed(database);
    return tables.filter(({ DatabaseName }) => isNamed(DatabaseName, Name));
  };
  const tableNamed = (database: string, wanted: string): Table => {
    const found = tablesOf(database).find(({ Name }) => isNamed(wanted, Name));
    if (!found) throw notFound(`Table ${wanted}`);
    return found;
  };
  return {
    GetDatabases: operation(z.object(paging), ({ MaxResults, NextToken }) => {
      const { items, next } = page('GetDatabases', databases, MaxResults, NextToken);
      return { DatabaseList: items, NextToken: next };
    }),
    GetDatabase: operation(z.object({ Name: z.string() }), ({ Name }) => ({ Database: databaseNamed(Name) })),
    GetTables: operation(
      inDatabase.extend({ ...paging, Expression: z.string().default('') }),
      ({ DatabaseName, Expression, MaxResults, NextToken }) => {
        const matches = nameFilter(Expression);
        const own = tablesOf(DatabaseName).filter(({ Name }) => matches(Name));
        const list = `GetTables ${DatabaseName} ${Expression}`;
        const { items, next } = page(list, own, MaxResults, NextToken);
        return { TableList: items, NextToken: next };
      },
    ),
    GetTable: operation(inDatabase.extend({ Name: z.string() }), ({ DatabaseName, Name }) => ({
      Table: tableNamed(DatabaseName, Name),
    })),
    // Projected partitions are registered nowhere.
    GetPartitions: operation(inDatabase.extend({ TableName: z.string() }), ({ DatabaseName, TableName }) => {
      tableNamed(DatabaseName, TableName);
      return { Partitions: [] };
    }),
  };
}

/** What IAM is asked for each operation of Glue. */
import { arnOf, catalogArns } from '../stack/identities.ts';
import { type AccessTable, type Fields, type Need, on, textOf } from '../wire/access.ts';

/** The catalog, the database and the table are asked. @param members that name them */
const onCatalog =
  (action: string, database?: string, table?: string) =>
  (request: Fields): Need[] => {
    const arns =
      database === undefined
        ? [arnOf('glue', 'catalog')]
        : catalogArns(textOf(request, database), table && textOf(request, table));
    return arns.flatMap((arn) => on(action, arn));
  };

export const ACCESS: AccessTable<Fields> = {
  GetDatabases: onCatalog('glue:GetDatabases'),
  GetDatabase: onCatalog('glue:GetDatabase', 'Name'),
  GetTables: onCatalog('glue:GetTables', 'DatabaseName'),
  GetTable: onCatalog('glue:GetTable', 'DatabaseName', 'Name'),
  GetPartitions: onCatalog('glue:GetPartitions', 'DatabaseName', 'TableName'),
};

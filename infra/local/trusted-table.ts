import { TRUSTED_COLUMNS, TRUSTED_PREFIX, TRUSTED_TABLE } from '../../services/contract/trusted.ts';
import type { CatalogTable } from '../emulator/glue/catalog.ts';

/**
 * The trusted layer's table. In AWS a statement of Athena's makes it and not the template
 * (docs/decisions/0020-athena-creates-the-iceberg-table.md), so its columns come from the contract.
 */
export const trustedCatalogTable = (database: string, bucket: string): CatalogTable => ({
  database,
  name: TRUSTED_TABLE,
  columns: [...TRUSTED_COLUMNS],
  partitionKeys: [],
  location: `s3://${bucket}/${TRUSTED_PREFIX}`,
  parameters: { table_type: 'ICEBERG' },
});

/** The same for the outputs of a stack; none for a stack that has no lake. */
export function trustedCatalogTables(outputs: Record<string, string | undefined>): CatalogTable[] {
  const { DatabaseName, LakeBucketName } = outputs;
  if (DatabaseName === undefined || LakeBucketName === undefined) return [];
  return [trustedCatalogTable(DatabaseName, LakeBucketName)];
}

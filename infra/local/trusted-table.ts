import {
  TRUSTED_COLUMNS,
  TRUSTED_ORDER,
  TRUSTED_PREFIX,
  TRUSTED_TABLE,
} from '../../services/contract/trusted.ts';

/**
 * The trusted layer's table, as the properties of an `AWS::Glue::Table`. On AWS an Athena statement creates it, not the
 * template (docs/decisions/0020-athena-creates-the-iceberg-table.md), so its columns come from the contract.
 */
export const trustedTable = (database: string, bucket: string) => ({
  DatabaseName: database,
  TableInput: {
    Name: TRUSTED_TABLE,
    StorageDescriptor: {
      Location: `s3://${bucket}/${TRUSTED_PREFIX}`,
      Columns: TRUSTED_COLUMNS.map(({ name, type, comment }) => ({
        Name: name,
        Type: type,
        Comment: comment,
      })),
    },
    Parameters: {
      table_type: 'ICEBERG',
      partitioned_by: 'day(timestamp)',
      sorted_by: TRUSTED_ORDER.join(','),
    },
  },
});

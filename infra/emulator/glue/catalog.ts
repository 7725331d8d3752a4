/** The Glue catalog: tables as the template defines them, for Firehose to write and Athena to read. */
import { z } from 'zod';

const columns = z
  .array(z.object({ Name: z.string(), Type: z.string().default('string'), Comment: z.string().default('') }))
  .transform((list) => list.map(({ Name, Type, Comment }) => ({ name: Name, type: Type, comment: Comment })));

export const tableProperties = z.object({
  DatabaseName: z.string(),
  TableInput: z.object({
    Name: z.string(),
    Parameters: z.record(z.string(), z.coerce.string()).default({}),
    PartitionKeys: columns.default([]),
    StorageDescriptor: z.object({ Location: z.string(), Columns: columns }),
  }),
});

export interface CatalogColumn {
  name: string;
  /** Hive type, such as `string`, `bigint`, `double`, `timestamp`. */
  type: string;
  comment: string;
}

export interface CatalogTable {
  database: string;
  name: string;
  columns: CatalogColumn[];
  partitionKeys: CatalogColumn[];
  /** `s3://bucket/prefix/` */
  location: string;
  /** Table parameters, among them partition projection. */
  parameters: Record<string, string>;
}

/** A table from the resolved properties of an `AWS::Glue::Table`. */
export function parseTable(properties: unknown): CatalogTable {
  const { DatabaseName, TableInput } = tableProperties.parse(properties);
  return {
    database: DatabaseName,
    name: TableInput.Name,
    columns: TableInput.StorageDescriptor.Columns,
    partitionKeys: TableInput.PartitionKeys,
    location: TableInput.StorageDescriptor.Location,
    parameters: TableInput.Parameters,
  };
}

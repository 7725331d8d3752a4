/** The template's tables, and their indexes, in the store. */
import {
  type AttributeDefinition,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import type { StackResource } from '../stack/intrinsics.ts';

export const tableProperties = z.object({
  KeySchema: z.array(z.custom<KeySchemaElement>()),
  AttributeDefinitions: z.array(z.custom<AttributeDefinition>()),
  GlobalSecondaryIndexes: z.array(z.custom<GlobalSecondaryIndex>()).optional(),
});
type Schema = z.infer<typeof tableProperties>;

/** Creates the tables that the store does not have, always billed on demand, and indexes that are new. */
export async function createTables(tables: StackResource[], client: DynamoDBClient): Promise<void> {
  for (const { ref: TableName, properties } of tables) {
    const schema = tableProperties.parse(properties);
    const present = await describe(client, TableName);
    if (present === undefined) await create(client, TableName, schema);
    else await addIndexes(client, TableName, missingFrom(present, schema), schema);
  }
}

/** Also those that a start before was killed while making. */
const missingFrom = (present: TableDescription, { GlobalSecondaryIndexes: wanted = [] }: Schema) =>
  wanted.filter(
    ({ IndexName }) =>
      !present.GlobalSecondaryIndexes?.some(
        (index) => index.IndexName === IndexName && index.IndexStatus === 'ACTIVE',
      ),
  );

async function create(client: DynamoDBClient, TableName: string, schema: Schema): Promise<void> {
  await client.send(new CreateTableCommand({ TableName, ...schema, BillingMode: 'PAY_PER_REQUEST' }));
  while ((await describe(client, TableName))?.TableStatus !== 'ACTIVE');
}

async function addIndexes(
  client: DynamoDBClient,
  TableName: string,
  missing: GlobalSecondaryIndex[],
  { AttributeDefinitions }: Schema,
): Promise<void> {
  if (missing.length === 0) return;
  const GlobalSecondaryIndexUpdates = missing.map(
    ({ IndexName, KeySchema, Projection, ProvisionedThroughput }) => ({
      Create: { IndexName, KeySchema, Projection, ProvisionedThroughput },
    }),
  );
  await client.send(new UpdateTableCommand({ TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates }));
}

async function describe(client: DynamoDBClient, TableName: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** The template's tables, and their indexes, in the store. */
import {
  type AttributeDefinition,
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  PutItemCommand,
  ResourceNotFoundException,
  ScanCommand,
  type ScanCommandInput,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import type { StackResource } from '../stack/intrinsics.ts';

export const tableProperties = z.object({
  KeySchema: z.array(z.custom<KeySchemaElement>()),
  AttributeDefinitions: z.array(z.custom<AttributeDefinition>()),
  GlobalSecondaryIndexes: z.array(z.custom<GlobalSecondaryIndex>()).optional(),
});
type Schema = z.infer<typeof tableProperties>;
type Item = Record<string, AttributeValue>;

/** Creates the tables that the store does not have, always billed on demand, and indexes that are new. */
export async function createTables(tables: StackResource[], client: DynamoDBClient): Promise<void> {
  for (const { ref: TableName, properties } of tables) {
    const schema = tableProperties.parse(properties);
    const present = await describe(client, TableName);
    if (present === undefined) await create(client, TableName, schema);
    else if (lacksIndex(present, schema)) await rebuild(client, TableName, schema);
  }
}

const lacksIndex = (present: TableDescription, { GlobalSecondaryIndexes: wanted = [] }: Schema) =>
  wanted.some(
    ({ IndexName }) => !present.GlobalSecondaryIndexes?.some((index) => index.IndexName === IndexName),
  );

async function create(client: DynamoDBClient, TableName: string, schema: Schema): Promise<void> {
  await client.send(new CreateTableCommand({ TableName, ...schema, BillingMode: 'PAY_PER_REQUEST' }));
  while ((await describe(client, TableName))?.TableStatus !== 'ACTIVE');
}

/** dynalite adds no index to a table, so the table is made again with what is in it. */
async function rebuild(client: DynamoDBClient, TableName: string, schema: Schema): Promise<void> {
  const items = await readAll(client, TableName);
  await client.send(new DeleteTableCommand({ TableName }));
  while ((await describe(client, TableName)) !== undefined);
  await create(client, TableName, schema);
  for (const Item of items) await client.send(new PutItemCommand({ TableName, Item }));
}

async function readAll(client: DynamoDBClient, TableName: string): Promise<Item[]> {
  const items: Item[] = [];
  let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
  do {
    const page = await client.send(new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey }));
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return items;
}

async function describe(client: DynamoDBClient, TableName: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

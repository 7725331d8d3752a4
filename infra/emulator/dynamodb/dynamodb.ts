/** DynamoDB: dynalite with the template's tables in it. */
import {
  type AttributeDefinition,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { z } from 'zod';
import type { StackResource } from '../stack/intrinsics.ts';
import { type WrappedServer, wrapServer } from '../wire/wrapped-server.ts';
import { letIteratorsEnd } from './dynalite-iterators.ts';

const tableProperties = z.object({
  KeySchema: z.array(z.custom<KeySchemaElement>()),
  AttributeDefinitions: z.array(z.custom<AttributeDefinition>()),
});

export function openDynamoDb(folder: string): WrappedServer {
  letIteratorsEnd();
  return wrapServer(dynalite({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }));
}

/** Creates what the template asks for and the store does not have yet, always billed on demand. */
export async function createTables(tables: StackResource[], client: DynamoDBClient): Promise<void> {
  for (const table of tables) {
    if (await isActive(client, table.ref)) continue;
    const { KeySchema, AttributeDefinitions } = tableProperties.parse(table.properties);
    await client.send(
      new CreateTableCommand({
        TableName: table.ref,
        KeySchema,
        AttributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    while (!(await isActive(client, table.ref)));
  }
}

async function isActive(client: DynamoDBClient, name: string): Promise<boolean> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    return Table?.TableStatus === 'ACTIVE';
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

/** A Scan of a table in parallel segments, to its end. Reads may be a second old. */
import {
  type AttributeValue,
  type DynamoDBClient,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';

/** The table of an output of the stack, such as `StateTableName`. */
export interface Table {
  client: DynamoDBClient;
  name: string;
}

/** What is looked for, without the table and the place in it. */
type Looked = Omit<ScanCommandInput, 'TableName' | 'Segment' | 'TotalSegments' | 'ExclusiveStartKey'>;

/** Pages of 1 MB are read one after the other within a segment. */
const SEGMENTS = 4;

/**
 * @param read an item as a value; undefined leaves it out
 * @returns in no order
 * @throws what DynamoDB throws
 */
export async function scanTable<T>(
  table: Table,
  looked: Looked,
  read: (item: Record<string, AttributeValue>) => T | undefined,
  signal?: AbortSignal,
): Promise<T[]> {
  const segments = Array.from({ length: SEGMENTS }, (_, i) => scanSegment(table, i, looked, read, signal));
  return (await Promise.all(segments)).flat();
}

async function scanSegment<T>(
  { client, name: TableName }: Table,
  Segment: number,
  looked: Looked,
  read: (item: Record<string, AttributeValue>) => T | undefined,
  abortSignal?: AbortSignal,
): Promise<T[]> {
  const found: T[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const command = new ScanCommand({
      ...looked,
      ...{ TableName, Segment, TotalSegments: SEGMENTS, ExclusiveStartKey },
    });
    const { Items = [], LastEvaluatedKey } = await client.send(command, { abortSignal });
    for (const item of Items) {
      const value = read(item);
      if (value !== undefined) found.push(value);
    }
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
}
